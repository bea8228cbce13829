"""The pages of a segment, their head and the state that they show."""
