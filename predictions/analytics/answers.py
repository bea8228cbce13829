"""What analytics answer, the same for programs and for pages.

Without `as_of` it is that of the last scoring, as it was stored then; with one it is computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from predictions.analytics.computation.computed import computed
from predictions.analytics.computation.stored import stored
from predictions.analytics.documents import NOTHING, Data
from predictions.analytics.parameters import HEADS, MODEL_OF, Asked, asked
from predictions.models import ModelVersion, PredictionModel, VersionState
from predictions.scoring.customer_panel import warnings_of

NOT_SCORED, NO_DEPLOYED_MODEL = "not_scored", "no_deployed_model"


@dataclass(frozen=True)
class _Found:
    """What a view shows, as of when, and by which version its scores are; None: there is none."""

    data: Data
    as_of: datetime | None = None
    version: int | None = None


def view_of(
    view: str, given: Mapping[str, str] | None = None, *, as_of: datetime | None = None
) -> Data:
    """Return what a view shows, JSON but for `as_of`, which is an aware instant or None.

    `given` are its parameters. What there is not has a `reason`. Raises `Invalid` where it is asked
    for what it has not, and `Refused` where a deployed version cannot be read.
    """
    wanted = asked(view, given or {})
    if view != "summary":
        return _answers([wanted], as_of)[0]
    whole, *heads = _answers([wanted, *(asked(one, {}) for one in HEADS)], as_of)
    found = dict(zip(HEADS, heads, strict=True))
    whole["warnings"] = found["clv"]["warnings"]
    return whole | {one: _head(body) for one, body in found.items()}


def _answers(wanted: Sequence[Asked], as_of: datetime | None) -> list[Data]:
    if as_of is None:
        return [_answer(one, _stored(one)) for one in wanted]
    data = computed(wanted, as_of)
    return [_answer(one, _Found(data[one], as_of, _deployed(one))) for one in wanted]


def _stored(wanted: Asked) -> _Found:
    table = stored(wanted)
    if table is None:
        return _Found(NOTHING[wanted.view])
    return _Found(table.data, table.as_of, table.version)


def _answer(wanted: Asked, found: _Found) -> Data:
    """Return a view with its metadata: the instant, the version, or why there is none."""
    body: Data = {"view": wanted.view, **wanted.parameters, "as_of": found.as_of}
    # What was stored by an earlier release may lack what is said since.
    body |= {"reason": None} | NOTHING[wanted.view] | found.data
    if found.as_of is None:
        body["reason"] = NOT_SCORED
    if wanted.view in MODEL_OF:
        deployed = _deployed(wanted)
        if deployed is None:
            body["reason"] = NO_DEPLOYED_MODEL
        body["version"] = found.version
        body["is_stale"] = found.version not in (None, deployed)
    if wanted.view == "clv":
        body["warnings"] = _warnings(found.version)
    return body


def _deployed(wanted: Asked) -> int | None:
    """Return the number of the version that is deployed of the model whose scores a view shows."""
    rows = PredictionModel.objects.filter(code=MODEL_OF.get(wanted.view))
    return rows.values_list("deployed__number", flat=True).first()


def _warnings(shown: int | None) -> list[str]:
    """Return what to know about lifetime values, of those that are shown and those to come."""
    versions = ModelVersion.objects.filter(model__code=MODEL_OF["clv"]).only(
        "parameters", "warnings"
    )
    known = versions.filter(Q(state=VersionState.DEPLOYED) | Q(number=shown or 0))
    return list(dict.fromkeys(code for version in known for code in warnings_of(version)))


def _head(body: Data) -> Data:
    """Return the figures of a view without its tables."""
    return {
        name: value
        for name, value in body.items()
        if name == "warnings" or not (name == "view" or isinstance(value, list))
    }
