"""Whether a delivery and a feed look as they should: limits, reporting outages, spikes at one point."""
