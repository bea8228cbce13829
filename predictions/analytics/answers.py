"""Results of analytics views, the same for the API and for pages.

Without `as_of`, a view returns the result stored by the last scoring; with `as_of`, it is computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from predictions.analytics.computation.computed import compute_views
from predictions.analytics.computation.stored import stored_result
from predictions.analytics.documents import NOTHING, Data
from predictions.analytics.parameters import HEADS, MODEL_OF, Asked, validated_view
from predictions.models import ModelVersion, VersionState
from predictions.scores import Deployed, deployed_of
from predictions.scoring.customer_panel import warnings_of

NOT_SCORED, NO_DEPLOYED_MODEL = "not_scored", "no_deployed_model"


@dataclass(frozen=True)
class _Found:
    """The data of a view, its as-of time, and the version of its scores; None where unknown."""

    data: Data
    as_of: datetime | None = None
    version: int | None = None


def view_of(
    view: str, given: Mapping[str, str] | None = None, *, as_of: datetime | None = None
) -> Data:
    """Return the result of a view as JSON, except that `as_of` is an aware datetime or None.

    `given` are the view's parameters. A result without data has a `reason`. Raises `Invalid` for an
    unknown view, parameter or value, and `Refused` where a deployed version cannot be read.
    """
    wanted = validated_view(view, given or {})
    if view != "summary":
        return _answers([wanted], as_of)[0]
    whole, *heads = _answers([wanted, *(validated_view(one, {}) for one in HEADS)], as_of)
    found = dict(zip(HEADS, heads, strict=True))
    whole["warnings"] = found["clv"]["warnings"]
    return whole | {one: _head(body) for one, body in found.items()}


def shop_totals() -> Data:
    """Return the totals of the shop as of the last scoring, without the heads of other views.

    `as_of` is None, and every number, before the first scoring.
    """
    return _answers([validated_view("summary", {})], None)[0]


def _answers(wanted: Sequence[Asked], as_of: datetime | None) -> list[Data]:
    if as_of is None:
        return [_answer(one, _stored_view(one), is_stored=True) for one in wanted]
    data = compute_views(wanted, as_of)
    return [_answer(one, _Found(data[one], as_of, _deployment(one).version)) for one in wanted]


def _stored_view(wanted: Asked) -> _Found:
    table = stored_result(wanted)
    if table is None:
        return _Found(NOTHING[wanted.view])
    return _Found(table.data, table.as_of, table.version)


def _answer(wanted: Asked, found: _Found, *, is_stored: bool = False) -> Data:
    """Return a view's data with its metadata: as-of time and version, or the reason for no data."""
    body: Data = {"view": wanted.view, **wanted.parameters, "as_of": found.as_of}
    # Data stored by an earlier release may lack fields that were added since.
    body |= {"reason": None} | NOTHING[wanted.view] | found.data
    if found.as_of is None:
        body["reason"] = NOT_SCORED
    if wanted.view in MODEL_OF:
        deployed = _deployment(wanted)
        if deployed.version is None:
            body["reason"] = NO_DEPLOYED_MODEL
        body["version"] = found.version
        is_current = found.version == deployed.version and not (is_stored and deployed.is_left_out)
        body["is_stale"] = found.version is not None and not is_current
    if wanted.view == "clv":
        body["warnings"] = _warnings(found.version)
    return body


def _deployment(wanted: Asked) -> Deployed:
    """Return what is deployed of the model whose scores a view shows."""
    return deployed_of(MODEL_OF.get(wanted.view, ""))


def _warnings(shown: int | None) -> list[str]:
    """Return the warnings about lifetime values by the version shown and the deployed version."""
    versions = ModelVersion.objects.filter(model__code=MODEL_OF["clv"]).only(
        "parameters", "warnings"
    )
    known = versions.filter(Q(state=VersionState.DEPLOYED) | Q(number=shown or 0))
    return list(dict.fromkeys(code for version in known for code in warnings_of(version)))


def _head(body: Data) -> Data:
    """Return the figures and warnings of a view without its tables."""
    return {
        name: value
        for name, value in body.items()
        if name == "warnings" or not (name == "view" or isinstance(value, list))
    }
