"""The built files of the web client."""

from pathlib import Path
from typing import Any, Final

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

DIRECTORY: Final = Path(__file__).parent / "static"


class Revalidated(StaticFiles):
    """The build keeps file names when contents change, so a browser must ask whether its copy is still the one."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def static_files(directory: Path) -> ASGIApp:
    return GZipMiddleware(Revalidated(directory=directory))
