"""The tasking layers. A module here with a `LAYER` is a layer; there is no other list (publishing/known.py)."""
