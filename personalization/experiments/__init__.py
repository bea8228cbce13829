"""Experiments: set up, started, stopped, and what came of them."""
