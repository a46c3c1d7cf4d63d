"""Harm weights: a partnership's signed file, indices as published, and incidents weighed by them."""
