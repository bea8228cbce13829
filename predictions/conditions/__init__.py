"""What segments may ask of scores, and which customers a new score may move in or out."""
