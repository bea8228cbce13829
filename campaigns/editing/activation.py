"""Sequences switched on and off, whatever else they say."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import transaction

from campaigns.editing.sequences import lock_sequence, save_sequence, sequence_definition
from campaigns.models import Sequence
from segments.models import Segment
from segments.rules.users import segment_to_use


def set_sequence_active(sequence: Sequence, is_active: bool, *, author: Any) -> Sequence:
    """Activate a sequence, which is silent, or deactivate it; raises InvalidSequence, Forbidden."""
    with transaction.atomic():
        # Before the sequence's own row, as whoever deletes a segment has it.
        with suppress(Segment.DoesNotExist):
            segment_to_use(sequence.segment_code)
        stored = lock_sequence(sequence.pk)
        wanted = replace(sequence_definition(stored), is_active=is_active)
        return save_sequence(stored, wanted, author=author)
