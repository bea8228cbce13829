"""The condition builder's side of the form: what it begins with, says, and is told on saving."""
