"""What is computed with arrays: fits and their scorers; loaded by who trains, scores, predicts."""
