"""Drafts: a profile proposed for a table that nobody has described yet.

`look` reads the table whatever its format; `times`, `places`, `ids`, `categories` and `personal` infer one part each
and say how sure they are and why; `compose` writes the profile; `draft` does all of it and tries the result.
What the table does not prove is asked for, never guessed.
"""
