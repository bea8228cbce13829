"""The causes of changes, from all facts that are registered."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from alerts.causes.shares import Cause, Explanation, explain_change
from alerts.facts.changes import FACTS, Share, SizeChange

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExplainedChange:
    """The cause of a change, and what sentences name of the cause."""

    explanation: Explanation
    details: Mapping[str, Any]


def explain_changes(changes: Sequence[SizeChange]) -> dict[int, ExplainedChange]:
    """Return the explanation of each change by its segment.

    A fact that cannot be read is logged and left out: an alert without a cause is better than none.
    """
    if not changes:
        return {}
    shares: dict[int, dict[Cause, Share]] = {one.segment: {} for one in changes}
    for fact in FACTS:
        try:
            with transaction.atomic():
                found = fact.find(changes)
        except Exception:
            logger.exception("The fact %s cannot be read", fact.name)
            continue
        for segment, share in found.items():
            shares[segment][fact.cause] = share
    return {segment: _explain(known) for segment, known in shares.items()}


def _explain(shares: Mapping[Cause, Share]) -> ExplainedChange:
    explanation = explain_change({cause: one.share for cause, one in shares.items()})
    cause = shares.get(explanation.cause)
    return ExplainedChange(explanation, {} if cause is None else dict(cause.details))
