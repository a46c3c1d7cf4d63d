"""Where the next incidents are to be expected, and why: pure arrays in, pure arrays out."""
