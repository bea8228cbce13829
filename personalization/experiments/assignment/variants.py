"""Validation of the variants of an experiment, and their stored form."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.codes import CODE
from core.text.json_documents import can_be_stored
from personalization.assignment import BUCKETS
from personalization.experiences.content.kinds import checked_content
from personalization.experiments.assignment.channels import Channel, channel_fields, channel_of
from personalization.models import ExperienceVariant, Experiment, Placement
from personalization.recommend.algorithms import NAMES

FEWEST = 2
# The fields of variants that are shown in a placement or in recommendations.
SHOWN = ("content", "algorithm")


def checked_variants(
    given: Sequence[Any], placement: Placement | None
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the variants in their stored form, and their problems with paths."""
    most = most_variants()
    if not FEWEST <= len(given) <= most:
        text = _("%(fewest)d to %(most)d variants are needed, the control first.")
        message = text % {"fewest": FEWEST, "most": most}
        code = "invalid" if len(given) < FEWEST else "too_many_variants"
        return [], [Problem("variants", code, message)]
    found: list[dict[str, Any]] = []
    problems, seen = [], set()
    channel = channel_of(given)
    if channel is not None and placement is not None:
        text = _("With %(fields)s it is shown at no place.") % {"fields": named_fields_of(channel)}
        problems.append(Problem("placement", "not_used", text))
    for index, one in enumerate(given):
        path = f"variants[{index}]"
        variant, wrong = _variant(one, path, placement, channel)
        problems += wrong
        if variant.get("code") in seen:
            problems.append(Problem(f"{path}.code", "unique", _("This code is taken.")))
        seen.add(variant.get("code"))
        found.append(variant)
    whole = sum(one.get("weight", 0) for one in found)
    if not problems and whole != BUCKETS:
        text = _("The weights are %(sum)d in all, which is %(share)s %%: 10,000 is 100 %%.")
        text %= {"sum": whole, "share": f"{whole / 100:g}"}
        problems.append(Problem("variants", "weights", text))
    return found, problems


def reasons_against_joining(row: Experiment) -> Iterator[Problem]:
    """Yield the reasons why no customer can take part in `row` as it is.

    These are warnings: the traffic may be raised during the run, and a shop may show variants by
    its own code.
    """
    if not row.traffic:
        yield Problem("traffic", "nobody", _("With no traffic nobody would take part."))
    if row.placement is None and not by_algorithm(row) and channel_of(row.variants) is None:
        text = _(
            "Nothing shows the variants, so that nobody would take part: choose a place, or "
            "say what a variant shows without one."
        )
        yield Problem("variants", "not_shown", text)


def by_algorithm(row: Experiment) -> bool:
    """Return whether a variant names an algorithm of recommendations."""
    return any("algorithm" in one for one in row.variants)


def passes(validator: Any, value: str) -> bool:
    """Return whether `value` passes a Django validator."""
    try:
        validator(value)
    except ValidationError:
        return False
    return True


def _variant(
    given: Any, path: str, placement: Placement | None, channel: Channel | None
) -> tuple[dict[str, Any], list[Problem]]:
    if not isinstance(given, Mapping):
        return {}, [Problem(path, "not_an_object", _("An object is needed here."))]
    known = {"code", "weight", *SHOWN, *(field.name for field in channel_fields())}
    problems = [
        Problem(
            f"{path}.{name}",
            "unknown_field",
            _("There is no field “%(field)s” here.") % {"field": name},
        )
        for name in given
        if name not in known
    ]
    code, weight = given.get("code"), given.get("weight")
    if not isinstance(code, str) or not passes(CODE, code) or len(code) > 64:
        problems.append(Problem(f"{path}.code", "invalid", str(CODE.message)))
        code = ""
    if type(weight) is not int or not 0 <= weight <= BUCKETS:
        text = _("From %(least)d to %(most)d.") % {"least": 0, "most": BUCKETS}
        problems.append(Problem(f"{path}.weight", "out_of_range", text))
        weight = 0
    if channel is None:
        shown, found = _checked_content(given, path, placement)
    else:
        shown, found = _shown_by(channel, given, path)
    return {"code": code, "weight": weight, **shown}, [*problems, *found]


def _shown_by(
    channel: Channel, given: Mapping[str, Any], path: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the channel fields of a variant (none means the usual), and the problems."""
    own = [field.name for field in channel.fields]
    others = [*SHOWN, *(one.name for one in channel_fields() if one.name not in own)]
    text = _("That does not go together with %(fields)s.") % {"fields": named_fields_of(channel)}
    problems = [
        Problem(f"{path}.{name}", "not_used", text)
        for name in others
        if given.get(name) not in (None, {})
    ]
    stored = {}
    for field in channel.fields:
        if given.get(field.name) is not None:
            stored[field.name], found = field.check(given[field.name], f"{path}.{field.name}")
            problems += found
    return stored, problems


def named_fields_of(channel: Channel) -> str:
    """Return the labels of the fields of `channel`, for a sentence."""
    return ", ".join(f"“{field.label}”" for field in channel.fields)


def _checked_content(
    given: Mapping[str, Any], path: str, placement: Placement | None
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the content of a variant, or its recommendation algorithm, and the problems."""
    content, algorithm = given.get("content"), given.get("algorithm")
    if isinstance(content, Mapping) and set(content) == {"algorithm"} and algorithm is None:
        algorithm = content["algorithm"]
        content = None
    if algorithm is not None:
        if content:
            text = _("A variant has content or an algorithm, not both.")
            return {}, [Problem(f"{path}.algorithm", "invalid", text)]
        if not isinstance(algorithm, str) or algorithm not in NAMES:
            text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(NAMES)}
            return {}, [Problem(f"{path}.algorithm", "unknown_choice", text)]
        return {"algorithm": algorithm}, []
    if isinstance(content, str):
        return _named(content, f"{path}.content", placement)
    stored, problems = checked_content({} if content is None else content, f"{path}.content")
    if stored and placement is None and not problems:
        text = _("Content stands at a place in the shop, and the experiment has none.")
        problems = [Problem(f"{path}.content", "no_placement", text)]
    return {"content": stored}, problems


def _named(
    code: str, path: str, placement: Placement | None
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the present content of the placement's variant `code`, and the problems."""
    row = None
    if placement is not None and can_be_stored(code):
        row = ExperienceVariant.objects.filter(placement=placement, code=code).first()
    if row is None:
        text = _("There is no variant “%(code)s” at the place.") % {"code": code}
        return {}, [Problem(path, "unknown_variant", text)]
    return {"content": row.content}, []


def most_variants() -> int:
    """Return how many variants an experiment may have."""
    most: int = settings.MAX_VARIANTS_PER_TEST
    return most


def with_equal_weights(variants: Sequence[Any]) -> tuple[list[Any], bool]:
    """Return `variants` with equal weights, and whether other weights were written."""
    if not FEWEST <= len(variants) <= most_variants():
        return list(variants), False
    found, differs = [], False
    for one, weight in zip(variants, equal_weights(len(variants)), strict=True):
        if isinstance(one, Mapping):
            differs = differs or one.get("weight", weight) != weight
            one = {**one, "weight": weight}
        found.append(one)
    return found, differs


def equal_weights(count: int) -> list[int]:
    """Return `count` weights as equal as whole numbers can be, the first ones the larger."""
    share, rest = divmod(BUCKETS, count)
    return [share + (place < rest) for place in range(count)]
