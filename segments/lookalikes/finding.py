"""Finds look-alikes; begin reading here."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.errors import InvalidTree
from conditions.sql.row_arrays import whole_rows
from core import clock
from core.clock import checked_clock
from core.problems import Locked, Problem
from customers.models import Customer, Purpose
from customers.privacy.consent import refusing
from segments.lookalikes.purchase_vectors import (
    Places,
    PurchaseVectors,
    load_purchase_vectors,
)
from segments.lookalikes.question import LookalikeQuestion
from segments.lookalikes.result import Lookalike, Lookalikes, LookalikeWarning
from segments.lookalikes.scoring import backtest, ranking, similarity
from segments.models import Segment
from segments.rules.evaluation.rule import members_of

FEWEST_SEEDS = 100
# Below this AUC, the scores count as no better than chance.
LEAST_AUC = 0.6


def lookalikes(
    segment: Segment,
    *,
    size: int | None = None,
    share: Decimal | float | None = None,
    exclude: Sequence[str] = (),
    websites: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
    as_of: datetime | None = None,
) -> Lookalikes:
    """Return the customers whose purchases resemble those of the members of `segment` most.

    The arguments are those of `LookalikeQuestion`. Members are evaluated as of `as_of`. Customers
    who refuse personalization are neither seeds nor chosen. The number of queries depends on the
    number of excluded segments only. Raises `Invalid` for invalid arguments, and `Locked` with the
    code `inactive`, `invalid_segment` or `too_few_seeds`.
    """
    question = LookalikeQuestion(size, share, exclude, websites, leave_out, as_of)
    return find_lookalikes(segment, question)


def find_lookalikes(segment: Segment, question: LookalikeQuestion) -> Lookalikes:
    """Return the look-alikes of `segment` for `question`; see `lookalikes`.

    Raises `Invalid` for an invalid question, and `Locked` where `segment` is inactive, has invalid
    conditions or has fewer than `FEWEST_SEEDS` members with purchases.
    """
    question.check()
    if not segment.is_active:
        text = _("The segment “%(name)s” is switched off: it has no members.")
        raise _locked_problem("inactive", text % {"name": segment.name})
    scope, excluded = question.scope(segment), question.excluded_segments()
    at = checked_clock(clock.now() if question.as_of is None else question.as_of)
    in_scope = Customer.objects.filter(scope.q).exclude(refusing(Purpose.PERSONALIZATION))
    vectors = load_purchase_vectors(in_scope, at, question.leave_out)
    seeds = vectors.rows_of(_members(segment, at))
    if len(seeds) < FEWEST_SEEDS:
        text = ngettext(
            "%(count)d member of the segment has bought something; at least %(least)d are needed.",
            "%(count)d members of the segment have bought something; at least %(least)d are "
            "needed.",
            len(seeds),
        )
        raise _locked_problem("too_few_seeds", text % {"count": len(seeds), "least": FEWEST_SEEDS})
    left_out = [seeds, *(vectors.rows_of(_members(one, at)) for one in excluded)]
    wanted = question.wanted_count(vectors.scope_count)
    chosen = _choose(vectors, seeds, np.concatenate(left_out), wanted)
    tested = backtest(vectors.rows, seeds)
    warnings = []
    if len(chosen) < wanted:
        warnings.append(LookalikeWarning.FEWER)
    if tested.auc < LEAST_AUC:
        warnings.append(LookalikeWarning.NO_BETTER_THAN_CHANCE)
    return Lookalikes(at, len(seeds), vectors.scope_count, wanted, chosen, tested, warnings)


def _members(segment: Segment, as_of: datetime) -> Places:
    try:
        rows: Any = members_of(segment, as_of=as_of).values_list("pk")
        (keys,) = whole_rows(rows, 1)
    except InvalidTree as error:
        text = _("The conditions of “%(name)s” are not valid: %(error)s")
        raise _locked_problem(
            "invalid_segment", text % {"name": segment.name, "error": error}
        ) from error
    return keys


def _choose(
    vectors: PurchaseVectors, seeds: Places, left_out: Places, wanted: int
) -> list[Lookalike]:
    scores = similarity(vectors.rows, seeds)
    may_be_chosen = scores > 0
    may_be_chosen[left_out] = False
    order = ranking(scores)
    order = order[may_be_chosen[order]][:wanted]
    return [Lookalike(vectors.ids[row], float(scores[row])) for row in order]


def _locked_problem(code: str, message: str) -> Locked:
    return Locked([Problem("", code, message)])
