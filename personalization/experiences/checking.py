"""Whether a variant can be as it is written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.json_documents import can_be_stored
from personalization.audience import checked_audience
from personalization.editing.rows import Checked, InvalidRow, column_problems, period_problems
from personalization.experiences.content_kinds import checked_content
from personalization.experiences.definition import VariantSays
from personalization.experiences.doubts import (
    doubts_about,
    kept_by,
)
from personalization.models import ExperienceVariant

MOST = 2**31 - 1
# What a request may say of itself, and a variant be limited to.
CONTEXT = ("device", "time_of_day", "session_type", "traffic_source")
MOST_VALUES, LONGEST_VALUE = 50, 255


class InvalidExperience(InvalidRow):
    """A variant that is refused."""


def check_variant(says: VariantSays, row: ExperienceVariant) -> Checked:
    """Return what is to be stored for `row`, which may be new; raises InvalidExperience."""
    problems = column_problems(row, ("code",))
    if not -MOST <= says.priority <= MOST:
        text = _("From -2,147,483,647 to 2,147,483,647.")
        problems.append(Problem("priority", "out_of_range", text))
    problems += period_problems("starts_at", says.starts_at, "ends_at", says.ends_at)
    had = None if row._state.adding else row.audience
    audience = checked_audience(says.audience, had, "audience")
    content, found = checked_content(says.content, "content")
    if not content and not found:
        found = [Problem("content", "required", _("A variant shows something."))]
    problems += [*audience.problems, *_context(says.context), *found]
    _raise(problems)
    stored = replace(says, audience=audience.audience, content=content)
    doubts = (*doubts_about(content, "content"), *kept_by(row, content))
    return Checked(stored, (*audience.warnings, *doubts))


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise InvalidExperience(problems)


def _context(context: Any) -> list[Problem]:
    if not isinstance(context, Mapping):
        return [Problem("context", "not_an_object", _("An object is needed here."))]
    problems = []
    for name, values in context.items():
        if name not in CONTEXT:
            text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(CONTEXT)}
            problems.append(Problem(f"context.{name}", "unknown_field", text))
        elif not _is_list_of_texts(values):
            text = _("A list of 1 to %(most)d texts is needed here.") % {"most": MOST_VALUES}
            problems.append(Problem(f"context.{name}", "invalid", text))
    return problems


def _is_list_of_texts(values: Any) -> bool:
    return (
        isinstance(values, list)
        and 1 <= len(values) <= MOST_VALUES
        and all(
            isinstance(one, str) and 0 < len(one) <= LONGEST_VALUE and can_be_stored(one)
            for one in values
        )
    )
