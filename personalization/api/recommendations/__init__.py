"""The calls about recommendations, their rules and their models."""
