"""Where people go: which sites to open, which round to walk. Pure: arrays in, arrays out."""
