"""What the registry and the shop call things, and words that are similar to these names."""
