"""Figures of the whole shop: seasons, moves between stages, expected sales, benchmarks."""
