"""The API of recommendations, their rules and their models."""
