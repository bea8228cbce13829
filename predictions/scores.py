"""The stored scores of a customer, each with its as-of time and the version that wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from core.database.prepared import rows_by_key
from customers.models import Customer
from predictions.kinds import Kind, as_of_column, kinds_of_columns, version_column
from predictions.models import CustomerPrediction, PredictionModel, ScoringRun, UpliftScore

# Columns that pages show but that are no public scores, since nothing is to be decided by them.
ONLY_SHOWN = ("probability_alive",)
# The public names of scores that differ from their columns, by column.
CALLED = {"retail_cluster": "cluster.retail_clusters"}
# The other columns of these kinds are habits: stored features that conditions read, no scores.
SCORES_OF: Mapping[str, tuple[str, ...]] = {
    "rfm": ("recency_score", "frequency_score", "monetary_score", "rfm_segment"),
}


@dataclass(frozen=True)
class Stand:
    """As-of time, version and staleness of one model's scores of a customer.

    `is_stale`: the deployed version is not the one that wrote the scores, or the newest scoring run
    could not use the deployed version (`is_left_out`).
    """

    as_of: datetime | None
    version: int | None
    is_stale: bool
    model: PredictionModel | None
    is_left_out: bool = False


class Deployed(NamedTuple):
    """The number of a model's deployed version, None without one; and whether the newest scoring
    run of the model had to leave it out.
    """

    version: int | None
    is_left_out: bool


@dataclass(frozen=True)
class StoredScores:
    """All stored scores of a customer: values by column, and a `Stand` per model code.

    `uplifts` are by the code of their model, which also has a stand. `as_of` is the latest as-of
    time of all stands; None where nothing is scored.
    """

    columns: Mapping[str, Any]
    stands: Mapping[str, Stand]
    uplifts: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime | None:
        """The as-of time of the newest scores; None without scores."""
        times = [one.as_of for one in self.stands.values() if one.as_of is not None]
        return max(times, default=None)


def stored_of(customer: Customer) -> StoredScores:
    """Return all stored scores of `customer`."""

    def rows_of_customer(key: Any) -> QuerySet[CustomerPrediction]:
        return CustomerPrediction.objects.filter(customer=key)

    name, alias = (CustomerPrediction, "stored"), CustomerPrediction.objects.db
    row = (
        next(iter(rows_by_key(name, alias, rows_of_customer, customer.pk)), None)
        or CustomerPrediction()
    )
    known = _with_problems().select_related("deployed")
    # An artefact may have hundreds of megabytes.
    models = {model.code: model for model in known.defer("deployed__artifact")}
    kinds = kinds_of_columns()
    stands = {code: _stand(kind, row, models.get(code)) for code, kind in kinds.items()}
    by_key = {model.pk: model for model in models.values()}
    uplifts = dict[str, Decimal]()
    for one in UpliftScore.objects.filter(customer=customer) if _has_uplifts(models) else ():
        model = by_key[one.model_id]
        uplifts[model.code] = one.uplift
        stands[model.code] = _stand_of(one.as_of, one.version, model)
    return StoredScores(
        {column: getattr(row, column) for kind in kinds.values() for column in kind.columns},
        stands,
        dict(sorted(uplifts.items())),
    )


def deployed_of(code: str) -> Deployed:
    """Return the deployed version of the model `code`; an empty one for an unknown code."""
    rows = _with_problems().filter(code=code).values_list("deployed__number", "problems")
    number, problems = rows.first() or (None, None)
    return Deployed(number, code in (problems or {}))


def _with_problems() -> QuerySet[Any]:
    """Return all models with the `problems` of the newest scoring run of each."""
    problems = ScoringRun.objects.filter(pk=OuterRef("run")).values("problems")[:1]
    return PredictionModel.objects.annotate(problems=Subquery(problems))


def scores_of(customer: Customer) -> dict[str, Any]:
    """Return the stored scores of `customer` by public name, None for a missing score.

    Each score is {"value", "model", "version", "as_of", "is_stale"}. A value is a text for codes,
    money and numbers (4 decimals) and dates, else a whole number or a boolean; `as_of` is an aware
    datetime.
    """
    return public(stored_of(customer))


def public(stored: StoredScores) -> dict[str, Any]:
    """Return stored scores by public name, as `scores_of` does."""
    found = dict[str, Any]()
    for code, kind in kinds_of_columns().items():
        for column in columns_of(kind):
            name = CALLED.get(column, column)
            found[name] = _public(plain(stored.columns[column]), code, stored.stands[code])
    for code, uplift in stored.uplifts.items():
        found[code] = _public(plain(uplift), code, stored.stands[code])
    return found


def _public(value: Any, model: str, stand: Stand) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "value": value,
        "model": model,
        "version": stand.version,
        "as_of": stand.as_of,
        "is_stale": stand.is_stale,
    }


def _has_uplifts(models: Mapping[str, PredictionModel]) -> bool:
    """Return whether any model's scores are not columns of `CustomerPrediction`."""
    return any(model.kind not in kinds_of_columns() for model in models.values())


def columns_of(kind: Kind) -> tuple[str, ...]:
    """Return the columns of a kind's public scores; `CALLED` has the names that differ."""
    return SCORES_OF.get(kind.code) or tuple(
        column for column in kind.columns if column not in ONLY_SHOWN
    )


def plain(value: Any) -> int | str | bool | None:
    """Return a score as it appears in JSON and CSV; None for a missing score.

    Raises TypeError for a value of a type that no score has.
    """
    match value:
        case None | "":
            return None
        case Decimal():
            return f"{value:.4f}"
        case date():
            return value.isoformat()
        case int() | str():
            return value
    raise TypeError(f"{value!r} is no score")


def _stand(kind: Kind, row: CustomerPrediction, model: PredictionModel | None) -> Stand:
    return _stand_of(getattr(row, as_of_column(kind)), getattr(row, version_column(kind)), model)


def _stand_of(
    written: datetime | None, version: int | None, model: PredictionModel | None
) -> Stand:
    # Rows are only written when scores change; a later full scoring confirmed the others.
    times = [written, model.as_of if model else None]
    as_of = max((time for time in times if time is not None), default=None)
    deployed = model.deployed.number if model is not None and model.deployed else None
    problems = getattr(model, "problems", None) or {}
    is_left_out = model is not None and model.code in problems
    is_stale = version is not None and (version != deployed or is_left_out)
    return Stand(as_of, version, is_stale, model, is_left_out)
