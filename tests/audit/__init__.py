"""The log of what was done and who looked."""
