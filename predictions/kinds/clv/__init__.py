"""Lifetime value: declaration, fit and scoring."""
