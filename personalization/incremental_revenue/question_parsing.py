"""Parses a question: the period, the segment or campaign, the basis."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.clock import now
from core.problems import Invalid, Problem
from personalization.incremental_revenue.campaigns import campaign_called
from personalization.incremental_revenue.holdout_log import last_change, note_share
from personalization.incremental_revenue.question import ELIGIBLE, Question
from segments.models import Segment

# The default length of the period, which begins no earlier than the last change of the holdout
# share.
PERIOD = timedelta(days=30)


def question_of(data: Mapping[str, Any], as_of: datetime | None) -> Question:
    """Return the question in `data`; raises `Invalid` with all problems.

    `data` may have `from`, `to`, `segment`, `campaign` (codes) and `basis`.
    """
    note_share()
    at = now() if as_of is None else as_of
    until = data.get("to", at)
    since = data.get("from")
    if since is None:
        since = _usual_beginning(until)
    problems = []
    if until <= since:
        text = _("The end of the period has to be later than its beginning.")
        problems.append(Problem("to", "out_of_range", text))
    segment, campaign = None, None
    if "segment" in data:
        segment = Segment.objects.filter(code=data["segment"]).first()
        if segment is None:
            text = _("There is no segment “%(code)s”.") % {"code": data["segment"]}
            problems.append(Problem("segment", "unknown_segment", text))
    if "campaign" in data:
        campaign = campaign_called(data["campaign"])
        if campaign is None:
            text = _("There is no campaign “%(code)s”.") % {"code": data["campaign"]}
            problems.append(Problem("campaign", "unknown_campaign", text))
    if problems:
        raise Invalid(problems)
    return Question(since, until, at, segment, campaign, data.get("basis", ELIGIBLE))


def _usual_beginning(until: datetime) -> datetime:
    begins = until - PERIOD
    changed = last_change(until)
    return begins if changed is None else max(begins, changed)
