"""Sequences in the admin: steps in a form, the timeline, who is where."""

from campaigns.admin.sequences.page import SequenceAdmin

__all__ = ["SequenceAdmin"]
