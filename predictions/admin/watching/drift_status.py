"""The drift light of a model: its status in colour, mark and words."""

from fractions import Fraction

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.text.formats import UNKNOWN, number_shown
from predictions.history.values import rounded
from predictions.models import DriftStatus

# A mark per status, for colour-blind readers.
MARKS = {DriftStatus.OK: "●", DriftStatus.WATCH: "▲", DriftStatus.ALARM: "✗"}
INDEX_PLACES = 3


def light(status: str, index: float | None) -> SafeString:
    """Return a status as HTML, with the population stability index below it."""
    if not status:
        return format_html('<span class="segment-quiet">{}</span>', capfirst(_("not known")))
    one = DriftStatus(status)
    below = "" if index is None else _("PSI %(index)s") % {"index": figure(index, INDEX_PLACES)}
    return format_html(
        '<span class="prediction-state prediction-drift-{}"><span aria-hidden="true">{}</span> {}'
        '</span><span class="segment-quiet segment-said">{}</span>',
        *(one.value, MARKS[one], capfirst(one.label), below),
    )


def figure(value: float | None, places: int) -> str:
    """Return a number formatted with at most `places` decimals; "–" for None."""
    return UNKNOWN if value is None else number_shown(rounded(Fraction(value), places))
