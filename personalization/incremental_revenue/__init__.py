"""Incremental revenue: treated customers compared with the holdout group, counts, days."""
