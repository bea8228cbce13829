"""Churn: declaration, training and scoring."""
