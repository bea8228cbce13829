"""Shared parts of the fits of several kinds: matrices, measures, and the rows of a training."""
