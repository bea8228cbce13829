"""Variants of an experiment and their assignment to customers and visitors."""
