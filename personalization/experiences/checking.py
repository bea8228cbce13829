"""Whether a placement, a variant or a piece of content can be as it is written."""

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.json_documents import can_be_stored
from customers.models import Category, Website
from personalization.audience import checked_audience
from personalization.editing.rows import Checked, InvalidRow, column_problems, period_problems
from personalization.experiences.content_kinds import checked_content
from personalization.experiences.definition import ContentSays, PlacementSays, VariantSays
from personalization.experiences.doubts import (
    doubts_about,
    doubts_about_piece,
    falsified_by,
    kept_by,
)
from personalization.models import ContentItem, ContentType, ExperienceVariant, Placement

MOST = 2**31 - 1
# What a request may say of itself, and a variant be limited to.
CONTEXT = ("device", "time_of_day", "session_type", "traffic_source")
MOST_VALUES, LONGEST_VALUE = 50, 255
MOST_BODY, DEEPEST_BODY = 8 * 1024, 8


class InvalidExperience(InvalidRow):
    """A placement, a variant or a piece of content that is refused."""


def check_placement(says: PlacementSays, row: Placement) -> Checked:
    """Return what is to be stored for `row`, which may be new; raises InvalidExperience."""
    problems = column_problems(row, ("code", "page_type"), page_type=says.page_type)
    website = None
    if says.website is not None:
        website = Website.objects.filter(code=says.website).first()
        if website is None:
            text = _("There is no website “%(code)s”.") % {"code": says.website}
            problems.append(Problem("website", "unknown_website", text))
    content, found = checked_content(says.default_content, "default_content")
    _raise([*problems, *found])
    doubts = (*doubts_about(content, "default_content"), *falsified_by(row, content))
    return Checked(replace(says, default_content=content), doubts, website)


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


def check_content(says: ContentSays, row: ContentItem) -> Checked:
    """Return what is to be stored for `row`, which may be new; raises InvalidExperience."""
    problems = column_problems(row, ("code",))
    if says.type not in ContentType.values:
        text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(ContentType.values)}
        problems.append(Problem("type", "unknown_choice", text))
    problems += period_problems("published_at", says.published_at, "expires_at", says.expires_at)
    codes = tuple(dict.fromkeys(says.categories))
    known = set(Category.objects.filter(code__in=codes).values_list("code", flat=True))
    had = set() if row._state.adding else set(row.categories)
    for index, code in enumerate(codes):
        if code not in known | had:
            text = _("There is no category “%(code)s”.") % {"code": code}
            problems.append(Problem(f"categories[{index}]", "unknown_category", text))
    for index, month in enumerate(says.months):
        if not 1 <= month <= 12:
            problems.append(Problem(f"months[{index}]", "out_of_range", _("From 1 to 12.")))
    body = _body(says.body, problems)
    _raise(problems)
    months = tuple(sorted(set(says.months)))
    gone = [code for code in codes if code not in known]
    doubts = tuple(doubts_about_piece(says.type, body, gone))
    return Checked(replace(says, categories=codes, months=months, body=body), doubts)


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


class _NotPlain(ValueError):
    pass


def _body(body: Mapping[str, Any], problems: list[Problem]) -> Any:
    """Return the body as JSON has it; what cannot be kept so becomes a problem."""
    try:
        plain = _plain(body, DEEPEST_BODY)
    except _NotPlain as error:
        problems.append(Problem("body", "invalid", str(error)))
        return {}
    if len(str(plain)) > MOST_BODY:
        problems.append(Problem("body", "too_large", _("At most 8 KB.")))
    return plain


def _plain(value: Any, depth: int) -> Any:
    if not depth:
        raise _NotPlain(_("It is nested too deep."))
    if isinstance(value, Mapping):
        return {_plain(key, depth): _plain(one, depth - 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, depth - 1) for one in value]
    if isinstance(value, str) and not can_be_stored(value):
        raise _NotPlain(_("There is a character in it that cannot be stored."))
    if isinstance(value, Decimal | float):
        number = float(value)
        if not math.isfinite(number):
            raise _NotPlain(_("There is a number in it that is too large."))
        return number
    if isinstance(value, int) and abs(value) > 2**53:
        raise _NotPlain(_("There is a number in it that is too large."))
    return value
