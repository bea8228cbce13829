"""The pages of strategies: a form, what it comes to, and the segment that it becomes."""
