"""The admin pages of models, scores, sales and plans."""
