"""Anomalies: what they are, how they are fitted, and how they score."""
