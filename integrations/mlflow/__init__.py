"""Trainings as runs of an MLflow experiment: an optional app, off without MLFLOW_TRACKING_URI."""
