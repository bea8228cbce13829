"""The versions of a model in the admin: figures, comparison, deploying."""
