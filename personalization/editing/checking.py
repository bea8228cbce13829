"""Whether a rule can be as it is written: every problem with its path."""

from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from customers.models import Category, Website
from personalization.audience import checked_audience
from personalization.editing.definition import CONTEXTS, LISTS, Definition, definition_of
from personalization.models import PersonalizationRule

MOST_TEXTS, LONGEST_TEXT = 1_000, 255
LONGEST_DAYS, MOST_PER_CATEGORY, FARTHEST_PRIORITY = 3_650, 1_000, 2**31 - 1


class InvalidRule(Invalid):
    """A rule that is refused; `problems` holds every finding, each with its field's path."""


def check(wanted: Definition, rule: PersonalizationRule) -> Definition:
    """Return `wanted` as it is to be stored for `rule`, which may be new; raises InvalidRule.

    Codes of websites and categories that are gone are refused where they are new to the rule.
    """
    values: dict[str, Any] = {name: tuple(dict.fromkeys(getattr(wanted, name))) for name in LISTS}
    before = None if rule._state.adding else definition_of(rule)
    definition, problems = replace(wanted, name=wanted.name.strip(), **values), []
    # What is gone since is no reason to refuse another change.
    if before is None or wanted.audience != before.audience:
        found = checked_audience(wanted.audience, before.audience if before else None, "audience")
        definition = replace(definition, audience=found.audience)
        problems = list(found.problems)
    problems += _columns(definition, rule)
    problems += _codes(definition, before)
    problems += _texts(definition)
    problems += _numbers(definition)
    if definition.starts_at and definition.ends_at and definition.ends_at <= definition.starts_at:
        problems.append(Problem("ends_at", "out_of_range", _("The end is not after the start.")))
    if problems:
        raise InvalidRule(problems)
    return definition


def _columns(definition: Definition, rule: PersonalizationRule) -> list[Problem]:
    is_new = rule._state.adding
    row = PersonalizationRule(code=rule.code, **vars(definition))
    names = {"name", "code"} if is_new else {"name"}
    problems = []
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - names)
    except ValidationError as error:
        problems = [
            Problem(name, str(one.code or "invalid"), str(one.messages[0]))
            for name, found in error.error_dict.items()
            for one in found
        ]
    if is_new and PersonalizationRule.objects.filter(code=rule.code).exists():
        problems.append(Problem("code", "unique", _("There is a rule of this code.")))
    return problems


def _codes(definition: Definition, before: Definition | None) -> list[Problem]:
    text = _("There is no “%(code)s”.")
    problems = []
    website = definition.website
    was_there = before is not None and before.website == website
    if website and not was_there and not Website.objects.filter(code=website).exists():
        problems.append(Problem("website", "unknown_choice", text % {"code": website}))
    known = set(
        Category.objects.filter(code__in=definition.categories).values_list("code", flat=True)
    )
    had = before.categories if before else ()
    for name, codes, fine in (
        ("contexts", definition.contexts, {*CONTEXTS}),
        ("categories", definition.categories, {*known, *had}),
    ):
        problems += [
            Problem(f"{name}[{place}]", "unknown_choice", text % {"code": code})
            for place, code in enumerate(codes)
            if code not in fine
        ]
    return problems


def _texts(definition: Definition) -> list[Problem]:
    text = _("At most %(most)d of them.") % {"most": MOST_TEXTS}
    problems = [
        Problem(name, "max_length", text)
        for name in LISTS
        if len(getattr(definition, name)) > MOST_TEXTS
    ]
    text = _("From 1 to %(most)d characters are needed here.") % {"most": LONGEST_TEXT}
    return problems + [
        Problem(f"{name}[{place}]", "max_length", text)
        for name in ("exclude", "brands")
        for place, one in enumerate(getattr(definition, name))
        if not 1 <= len(one) <= LONGEST_TEXT
    ]


def _numbers(definition: Definition) -> list[Problem]:
    ranges = {
        "priority": (-FARTHEST_PRIORITY, FARTHEST_PRIORITY),
        "bought_recently_days": (0, LONGEST_DAYS),
        "min_margin": (0, 1),
        "max_per_category": (1, MOST_PER_CATEGORY),
    }
    problems = []
    for name, (least, most) in ranges.items():
        number = getattr(definition, name)
        if number is not None and not least <= number <= most:
            text = _("From %(least)s to %(most)s.") % {"least": least, "most": most}
            problems.append(Problem(name, "out_of_range", text))
    return problems
