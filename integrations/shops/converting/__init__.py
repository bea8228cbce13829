"""The rows of a platform turned into rows of the import."""
