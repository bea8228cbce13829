"""The condition language: a tree in, a query or a verdict out."""
