"""The field's own words: enums in `nim.py`, tables in `*.toml`, read by `categories.py`."""
