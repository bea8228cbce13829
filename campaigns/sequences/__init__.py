"""Sequences: what follows when customers enter and leave segments."""

from campaigns.sequences.advancing import advance

__all__ = ["advance"]
