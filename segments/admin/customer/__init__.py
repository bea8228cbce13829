"""Pages of a customer: segments with reasons, and activity."""
