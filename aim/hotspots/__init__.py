"""From incidents to scored hexagons: the grid, the cube of counts, the methods and the run."""
