"""Clusters: what they are, how they are found and named, and how customers get their label."""
