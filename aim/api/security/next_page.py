"""Where a browser goes after it has signed in: a path of ours and nothing else."""

from typing import Final
from urllib.parse import urlsplit

HOME: Final = "/"


def safe_next(given: str) -> str:
    """`given` where it is a path of this service, with its query; else the home page.

    Browsers take a backslash for a slash and pass over tabs and line breaks, and `//host` is another host: an address
    with any of these could lead the person who has just typed a password to a page that looks like ours.
    """
    plain = given.isascii() and given.isprintable() and not set(given) & set("\\ ")
    if not plain or not given.startswith("/") or given.startswith("//"):
        return HOME
    parts = urlsplit(given)
    return HOME if parts.scheme or parts.netloc else given
