"""A condition on memberships, as price rules, audiences and shops use it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from core.resources.fields import Checked
from core.text.json_documents import can_be_stored
from segments.models import Segment

OPERATORS = ("is", "is_not", "is_one_of", "is_not_one_of")
# The operators for several segments that correspond to those for one.
OF_SEVERAL = {"is": "is_one_of", "is_not": "is_not_one_of"}
MOST_SEGMENTS = 100


def check_question(question: Mapping[str, Any], stored: Mapping[str, Any] | None) -> Checked:
    """Return `{"operator", "segments"}` as it is stored, each code once.

    An unknown segment is a problem, but only a warning where `stored` has its code, too.
    """
    text = _("There is no field “%(field)s” here.")
    problems = [
        Problem(name, "unknown_field", text % {"field": name})
        for name in sorted(set(question) - {"operator", "segments"})
    ]
    operator, codes = question.get("operator"), question.get("segments")
    if operator not in OPERATORS:
        text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(OPERATORS)}
        problems.append(Problem("operator", "unknown_choice", text))
    if not isinstance(codes, list) or not 1 <= len(codes) <= MOST_SEGMENTS:
        if codes in (None, []):
            problem = Problem("segments", "required", _("Choose at least one segment."))
        else:
            text = _("Choose 1 to %(most)d segments.") % {"most": MOST_SEGMENTS}
            problem = Problem("segments", "invalid", text)
        return Checked(None, [*problems, problem])
    texts = [code for code in codes if isinstance(code, str) and can_be_stored(code)]
    active = dict(Segment.objects.filter(code__in=texts).values_list("code", "is_active"))
    had = (stored or {}).get("segments", ())
    warnings: list[Problem] = []
    for index, code in enumerate(codes):
        path = f"segments[{index}]"
        if not isinstance(code, str) or code not in active:
            text = _("There is no segment “%(code)s”.") % {"code": code}
            (warnings if code in had else problems).append(Problem(path, "unknown_segment", text))
        elif not active[code]:
            text = _("The segment “%(code)s” is inactive: it has no members.")
            warnings.append(Problem(path, "inactive_segment", text % {"code": code}))
    whole = {"operator": operator, "segments": list(dict.fromkeys(texts))}
    return Checked(whole, problems, warnings)


def is_answered_no(question: Mapping[str, Any]) -> bool:
    """Return whether no customer can satisfy a stored question.

    This is the case if the question asks for members of segments that are all inactive or deleted.
    """
    if question["operator"] not in ("is", "is_one_of"):
        return False
    return not Segment.objects.filter(code__in=question["segments"], is_active=True).exists()
