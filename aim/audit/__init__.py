"""The log of what was done with the data and who looked: append-only, chained by digests."""
