"""Sequences switched on and off, whatever else they say."""

from dataclasses import replace
from typing import Any

from django.db import transaction

from campaigns.covered import segments_to_use
from campaigns.editing.sequences import save_sequence, sequence_definition
from campaigns.models import Sequence
from campaigns.sequences.locked import lock_sequence


def set_sequence_active(sequence: Sequence, is_active: bool, *, author: Any) -> Sequence:
    """Activate a sequence, which is silent, or deactivate it; raises InvalidSequence, Forbidden."""
    with transaction.atomic():
        # Before the sequence's own row, as whoever deletes a segment has it.
        segments_to_use([sequence.segment_code])
        stored = lock_sequence(sequence.pk)
        wanted = replace(sequence_definition(stored), is_active=is_active)
        return save_sequence(stored, wanted, author=author)
