"""The REST API of models and scores."""
