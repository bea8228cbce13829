"""Promotion of the version that serves a personal list, replacement by the counter, and rollback.

A version is promoted if its gate has passed, or else with a reason, in one transaction with the
entry of the audit log.
"""

import logging
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import now
from personalization.audit import BELOW_BASELINE, PROMOTED, RECOMMENDATIONS
from personalization.models import (
    ListInUse,
    RecommendationGate,
    RecommendationPromotion,
    RecommendationUse,
    RecommendationVersion,
)
from predictions.refusals import Refused
from predictions.registry import checked_reason

logger = logging.getLogger(__name__)

# The single row whose lock serializes nights and people.
ONE = 1
# The notice of a night that replaces a version by the counter.
LIST_BELOW_BASELINE = "list_below_baseline"


def locked_use() -> RecommendationUse:
    """Return the newest fit in use; locks the choice of what serves until the transaction ends."""
    RecommendationUse.objects.get_or_create(pk=ONE)
    found: RecommendationUse = RecommendationUse.objects.select_for_update(
        of=("self",), no_key=True
    ).get(pk=ONE)
    return found


def promote(version: RecommendationVersion, *, reason: str = "", by: Any = None) -> None:
    """Have `version` serve its list; do nothing if the version serves already.

    `reason`, of 10 to 500 characters, says why a version is promoted whose gate has not passed.
    Raises `Refused`: `gate_failed` for a missing reason, `bad_reason` for an invalid reason.
    """
    reason = checked_reason(reason)
    with transaction.atomic():
        locked_use()
        row, _new = ListInUse.objects.select_related("version").get_or_create(
            wish=version.wish, scope=version.scope
        )
        if row.version_id == version.pk:
            return
        if version.gate != RecommendationGate.PASSED and not reason:
            text = _(
                "The approval check of version %(number)d is “%(gate)s”: to promote it, give a "
                "reason."
            )
            values = {"number": version.number, "gate": version.get_gate_display()}
            raise Refused("gate_failed", text % values, figures=version.figures)
        put_to_use(row, version, by=by, reason=reason)


def put_to_use(
    row: ListInUse, version: RecommendationVersion, *, by: Any, reason: str = ""
) -> None:
    """Note the promotion of `version`, in the transaction that holds the lock of `locked_use`."""
    RecommendationPromotion.objects.create(version=version, at=now(), by=by, reason=reason)
    _point(row, version, by, {"reason": reason} if reason else {})


def demote(row: ListInUse, *, is_below: bool) -> None:
    """Let the counter serve in place of the version in use; call under the row's lock.

    `is_below`: the version lies below a counter, which writes a warning and an entry of the audit
    log. Otherwise the version could not be evaluated, which writes neither.
    """
    version = row.version
    if version is None:
        return
    if is_below:
        logger.warning("%s: %s of %r", LIST_BELOW_BASELINE, version.algorithm, row.scope)
        record(
            *(None, BELOW_BASELINE.name, RECOMMENDATIONS, version.algorithm),
            before={"version": version.number},
            after={"version": None, "reason": LIST_BELOW_BASELINE},
        )
    row.version, row.is_below = None, is_below
    row.save(update_fields=["version", "is_below"])


def is_chosen_by_person(version: RecommendationVersion) -> bool:
    """Return whether a person promoted `version` with a reason, regardless of its gate."""
    return version.promotions.filter(rolled_back_at=None).exclude(reason="").exists()


def rollback(*, by: Any = None) -> RecommendationVersion:
    """Go back to the version that served before the newest promotion; each call goes further back.

    Returns the version that serves the list now. Raises `Refused` (`nothing_before`) where nothing
    was promoted for that list before.
    """
    with transaction.atomic():
        locked_use()
        standing = RecommendationPromotion.objects.filter(rolled_back_at=None).order_by("-pk")
        newest = standing.select_related("version").first()
        before = None
        if newest is not None:
            of_list = {"version__wish": newest.version.wish, "version__scope": newest.version.scope}
            before = standing.filter(**of_list, pk__lt=newest.pk).select_related("version").first()
        if newest is None or before is None:
            raise Refused("nothing_before", _("Nothing was promoted before."))
        RecommendationPromotion.objects.filter(pk=newest.pk).update(rolled_back_at=now())
        row, _new = ListInUse.objects.select_related("version").get_or_create(
            wish=newest.version.wish, scope=newest.version.scope
        )
        _point(row, before.version, by, {"rolled_back": newest.version.number})
    return before.version


def _point(row: ListInUse, version: RecommendationVersion, by: Any, more: dict[str, Any]) -> None:
    number = row.version.number if row.version else None
    row.version, row.is_below = version, False
    row.save(update_fields=["version", "is_below"])
    record(
        *(by, PROMOTED.name, RECOMMENDATIONS, version.algorithm),
        before={"version": number},
        after={"version": version.number, **more},
    )
