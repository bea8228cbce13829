"""The tables of a shop's import: how the rows of each are checked and stored."""
