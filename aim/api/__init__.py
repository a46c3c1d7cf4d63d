"""The service at the edge: OGC API Features and Tiles, problems, and the pages."""
