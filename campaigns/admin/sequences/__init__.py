"""Sequences in the admin: steps in a form, the timeline, the customers at each step."""

from campaigns.admin.sequences.page import SequenceAdmin

__all__ = ["SequenceAdmin"]
