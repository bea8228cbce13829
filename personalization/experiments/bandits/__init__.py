"""Bandit experiments: their rewards, batches, winner and results."""
