"""Predictions: features, cohorts and scores of customers as of a moment."""
