"""Pages of a customer that segments bring: segments and why, activity."""
