"""Fetching: from another server, or a folder, to a file that is kept, then loaded. Feeds know nothing of it."""
