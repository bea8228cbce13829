"""What the fits of several kinds share: matrices, measures, and the rows of a training."""
