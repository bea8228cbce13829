"""Anomalies: declaration, fit and scoring."""
