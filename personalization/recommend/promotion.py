"""Which algorithm makes personal recommendations: promoted, and rolled back.

A version is promoted if its gate has passed, or with a reason why all the same, in one transaction
with the entry of the audit log.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import now
from personalization.audit import PROMOTED, RECOMMENDATIONS
from personalization.models import (
    RecommendationGate,
    RecommendationPromotion,
    RecommendationUse,
    RecommendationVersion,
)
from predictions.refusals import Refused
from predictions.registry import checked_reason

# The one row that there is.
ONE = 1


def locked_use() -> RecommendationUse:
    """Return what is in use, which nobody changes until the transaction is over."""
    RecommendationUse.objects.get_or_create(pk=ONE)
    found: RecommendationUse = (
        RecommendationUse.objects.select_for_update(of=("self",), no_key=True)
        .select_related("version")
        .get(pk=ONE)
    )
    return found


def promote(version: RecommendationVersion, *, reason: str = "", by: Any = None) -> None:
    """Have `version` make personal recommendations; nothing where it does already.

    `reason`, of 10 to 500 characters, says why one is promoted whose gate has not passed. Raises
    `Refused`: `gate_failed` where it is needed and missing, `bad_reason` for another one.
    """
    reason = checked_reason(reason)
    with transaction.atomic():
        use = locked_use()
        if use.version_id == version.pk:
            return
        if version.gate != RecommendationGate.PASSED and not reason:
            text = _(
                "The approval check of version %(number)d is “%(gate)s”: to promote it, give a "
                "reason."
            )
            said = {"number": version.number, "gate": version.get_gate_display()}
            raise Refused("gate_failed", text % said, figures=version.figures)
        put_to_use(use, version, by=by, reason=reason)


def put_to_use(
    use: RecommendationUse, version: RecommendationVersion, *, by: Any, reason: str = ""
) -> None:
    """Note the promotion of `version`, in the transaction that holds `use`."""
    RecommendationPromotion.objects.create(version=version, at=now(), by=by, reason=reason)
    _point(use, version, by, {"reason": reason} if reason else {})


def rollback(*, by: Any = None) -> RecommendationVersion:
    """Go one promotion back, further with each call, and return the version in use now.

    Raises `Refused` (`nothing_before`) where there is no earlier one.
    """
    with transaction.atomic():
        use = locked_use()
        standing = RecommendationPromotion.objects.filter(rolled_back_at=None).order_by("-pk")
        found = list(standing.select_related("version")[:2])
        if len(found) < 2:
            raise Refused("nothing_before", _("Nothing was promoted before."))
        newest, before = found
        RecommendationPromotion.objects.filter(pk=newest.pk).update(rolled_back_at=now())
        _point(use, before.version, by, {"rolled_back": newest.version.number})
    return before.version


def _point(
    use: RecommendationUse, version: RecommendationVersion, by: Any, more: dict[str, Any]
) -> None:
    number = use.version.number if use.version else None
    use.version = version
    use.save(update_fields=["version"])
    record(
        *(by, PROMOTED.name, RECOMMENDATIONS, version.algorithm),
        before={"version": number},
        after={"version": version.number, **more},
    )
