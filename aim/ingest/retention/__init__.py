"""Retention: rows older than their feed's period go, counts of them stay, and a record that they went.

`period` is how old that is, `door` turns away what has gone before, `expiry` does the work, `files` the raw payloads.
"""
