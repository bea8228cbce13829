"""Variants of an experiment, and which of them a customer or a visitor gets."""
