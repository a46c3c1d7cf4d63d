"""Databases for the tests of feeds' health: those of the loads' tests."""

from tests.ingest.conftest import cleared, shared_store, store

__all__ = ["cleared", "shared_store", "store"]
