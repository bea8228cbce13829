"""Scores and predictions of single customers."""
