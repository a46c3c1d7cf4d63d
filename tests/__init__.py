"""Tests mirror `aim/`; `contracts/` speaks for all plug-ins, `oracles.py` gives the slow second answers."""
