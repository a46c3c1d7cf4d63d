"""Requests per second, beside tipg and pygeoapi: `python -m benchmarks.serving`."""
