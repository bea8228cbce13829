"""Computed views on pages: stored results of the last scoring, or results on request.

A section's form sends the view's name as `show`, and its parameters with names that begin with the
view's name, so that a page can hold several forms. Long computations run one at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from core.problems import Invalid
from predictions.analytics.computation.defaults import answer_view, usual
from predictions.analytics.computation.views import ComputedView, validated_parameters
from predictions.analytics.documents import Data
from predictions.figures.single_computation import turn
from predictions.refusals import Refused

SHOW = "show"


@dataclass(frozen=True)
class Looked:
    """The result of a view, or the reason why there is none.

    `given` are the parameters as texts, and `problems` the error messages, by parameter name.
    `refusal` is a sentence. With neither result, problems nor refusal, no result of the last
    scoring is stored yet.
    """

    view: str
    given: Mapping[str, str] = field(default_factory=dict)
    found: Data | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


def looked_up(view: ComputedView, query: QueryDict, user: User | AnonymousUser) -> Looked:
    """Return the result of a view; compute a result only if the view's form was sent.

    Raises PermissionDenied for a parameter that `user` may not use.
    """
    if query.get(SHOW) != view.view:
        return Looked(view.view, found=usual(view))
    names = {
        one.name: ",".join(query.getlist(f"{view.view}-{one.name}")) for one in view.parameters
    }
    # An empty field counts as a parameter that is not given.
    given = {name: text.strip() for name, text in names.items() if text.strip()}
    if not user.has_perms(view.needed_for(given)):
        raise PermissionDenied
    try:
        values = validated_parameters(view, given)
        found = usual(view, values)
        if found is None:
            with turn():
                found = answer_view(view, values, None)
    except Invalid as invalid:
        problems = {one.path: one.message for one in invalid.problems}
        return Looked(view.view, given, problems=problems)
    except Refused as refused:
        return Looked(view.view, given, refusal=str(refused))
    return Looked(view.view, given, found)
