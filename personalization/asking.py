"""Whether any segment asks about profiles: only then what was written of them moves anybody."""

from django.db.models import TextField
from django.db.models.functions import Cast

from segments.models import Segment

# As the stored conditions have it. A text that looks like it costs a mark too many, and no more.
PREFIX = '"personalization.'


def is_asked() -> bool:
    """Return whether an active segment may have a condition on what is written of profiles."""
    rows = Segment.objects.filter(is_active=True)
    found: bool = (
        rows.annotate(said=Cast("conditions", TextField())).filter(said__contains=PREFIX).exists()
    )
    return found
