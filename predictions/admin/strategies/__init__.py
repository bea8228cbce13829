"""The pages of strategies: the form of a plan, its result, and saving it as a segment."""
