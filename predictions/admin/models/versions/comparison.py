"""Compare two versions of a model: parameters, fitted values and metrics."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from conditions.language.operators import Words
from core.text.formats import UNKNOWN, moment_shown
from predictions.admin.models.versions.definitions import differences
from predictions.admin.models.versions.details import is_measured, label_of, lines_of
from predictions.admin.models.versions.figures import Figure, figures_of, format_days, window_of
from predictions.admin.models.versions.sentences import warning_sentences
from predictions.models import ModelVersion, PredictionModel

Two = tuple[ModelVersion, ModelVersion]


@dataclass(frozen=True)
class Row:
    """A value of both versions; unless `is_comparable`, a difference of the two means nothing."""

    label: Words
    one: str
    other: str
    is_comparable: bool = True

    @property
    def differs(self) -> bool:
        """Whether the values differ and are comparable."""
        return self.is_comparable and self.one != self.other


def compare_page(
    request: HttpRequest, model: PredictionModel, context: dict[str, Any]
) -> HttpResponse:
    """Show the versions whose numbers the query string has as `one` and `other`.

    Raises Http404 for a missing or unknown number.
    """
    two = (_version(model, request.GET.get("one")), _version(model, request.GET.get("other")))
    found = differences(*two)
    are_alike = not any(one.term.of_metrics for one in found)
    context |= {
        "page_name": _("Compare"),
        "two": two,
        "differences": [one.said for one in found],
        "is_comparable": not any(one.term.of_scores for one in found),
        "are_alike": are_alike,
        "groups": [
            (_("About"), list(_rows_about(two))),
            (_("Metrics"), list(_metrics(two, are_alike=are_alike))),
            (_("Parameters"), list(_lines(two, lambda one: one.parameters, are_alike=True))),
            (_("What was fitted"), list(_lines(two, lambda one: one.fitted, are_alike=are_alike))),
        ],
    }
    return TemplateResponse(request, "admin/predictions/model/compare.html", context)


def _version(model: PredictionModel, asked: str | None) -> ModelVersion:
    # Only digits: int() would also accept signs and blanks.
    if not asked or not asked.isascii() or not asked.isdecimal() or len(asked) > len(str(2**31)):
        raise Http404
    version = model.versions.defer("artifact").filter(number=int(asked)).first()
    if version is None:
        raise Http404
    version.model = model
    return version


def _rows_about(two: Two) -> Iterator[Row]:
    tellings: list[tuple[Words, Callable[[ModelVersion], str]]] = [
        (_("State"), lambda one: one.get_state_display()),
        (_("Approval check"), lambda one: one.get_gate_display()),
        (_("As of"), lambda one: moment_shown(one.as_of) if one.as_of else UNKNOWN),
        (_("Window"), lambda one: format_days(window_of(one))),
        (_("Segment"), lambda one: str(one.segment) if one.segment else _("everybody")),
        (_("Trained"), lambda one: moment_shown(one.created_at)),
        (_("Warnings"), lambda one: " ".join(warning_sentences(one)) or UNKNOWN),
    ]
    for label, tell in tellings:
        yield Row(label, tell(two[0]), tell(two[1]))


def _metrics(two: Two, *, are_alike: bool) -> Iterator[Row]:
    one, other = ({(each.name, each.baseline): each for each in figures_of(v)} for v in two)
    for key in dict.fromkeys([*one, *other]):
        known = one.get(key) or other[key]
        shown, beside = (_figure_text(found.get(key)) for found in (one, other))
        yield Row(_label(known), shown, beside, is_comparable=are_alike)


def _label(figure: Figure) -> str:
    if figure.baseline is None:
        return capfirst(str(figure.label))
    return _("%(metric)s (compared with %(counting)s)") % {
        "metric": capfirst(str(figure.label)),
        "counting": figure.baseline_label,
    }


def _figure_text(figure: Figure | None) -> str:
    if figure is None:
        return UNKNOWN
    return figure.shown if figure.baseline is None else f"{figure.shown} ({figure.baseline_text})"


def _lines(
    two: Two, of: Callable[[ModelVersion], dict[str, Any]], *, are_alike: bool
) -> Iterator[Row]:
    one, other = (dict(lines_of(of(version))) for version in two)
    for name in dict.fromkeys([*one, *other]):
        shown, beside = (found.get(name, UNKNOWN) for found in (one, other))
        yield Row(label_of(name), shown, beside, are_alike or not is_measured(name))
