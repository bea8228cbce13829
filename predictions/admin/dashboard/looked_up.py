"""Computed views on the dashboard: as they are kept of the last scoring, or as somebody asks.

A section's form sends `show`, the view's name, and its parameters under their names with the view's
before them, so that several forms may stand on the page. What takes long takes its turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from core.problems import Invalid
from predictions.analytics.computation.defaults import answered, usual
from predictions.analytics.computation.views import ComputedView, told
from predictions.analytics.documents import Data
from predictions.figures.single_computation import turn
from predictions.refusals import Refused

SHOW = "show"


@dataclass(frozen=True)
class Looked:
    """What a view answers, or why it does not.

    `given` are the parameters as they were written, by name; `problems` what is wrong with one.
    `refusal` is a sentence. Without any of them nothing is kept of the last scoring yet.
    """

    view: str
    given: Mapping[str, str] = field(default_factory=dict)
    found: Data | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


def looked_up(view: ComputedView, query: QueryDict, user: User | AnonymousUser) -> Looked:
    """Return the view; computed only where its form was sent.

    Raises PermissionDenied for a parameter that somebody may not tell.
    """
    if query.get(SHOW) != view.view:
        return Looked(view.view, found=usual(view))
    names = {
        one.name: ",".join(query.getlist(f"{view.view}-{one.name}")) for one in view.parameters
    }
    # An empty field of a form says nothing.
    given = {name: text.strip() for name, text in names.items() if text.strip()}
    if not user.has_perms(view.needed_for(given)):
        raise PermissionDenied
    try:
        values = told(view, given)
        found = usual(view, values)
        if found is None:
            with turn():
                found = answered(view, values, None)
    except Invalid as invalid:
        problems = {one.path: one.message for one in invalid.problems}
        return Looked(view.view, given, problems=problems)
    except Refused as refused:
        return Looked(view.view, given, refusal=str(refused))
    return Looked(view.view, given, found)
