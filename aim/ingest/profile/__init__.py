"""Feeds that are described, not programmed: a TOML profile says which columns of a table mean what.

`schema` (with `part` and `health`) is what a profile may say, `build` makes a `Feed` of it, `times`, `places`, `homes`
and `attributes` are its parts.
"""
