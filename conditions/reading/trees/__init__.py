"""Turns facts into the trees of conditions that they may mean."""
