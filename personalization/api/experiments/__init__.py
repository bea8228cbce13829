"""The calls about experiments."""
