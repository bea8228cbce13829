"""What other programs ask of models and scores."""
