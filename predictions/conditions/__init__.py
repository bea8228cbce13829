"""Conditions on scores, and the customers whom a new score may move into or out of segments."""
