"""Clusters: declaration, search, labels, and the scoring of customers."""
