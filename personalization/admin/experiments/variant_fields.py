"""The variants of an experiment as fields: code, weight in per cent, and what each shows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from personalization.admin.experiences.fields import JsonField
from personalization.admin.experiments.numbers import PercentField, per_cent
from personalization.experiments.checking import FEWEST, MOST
from personalization.experiments.weights import equal_weights
from personalization.models import ExperienceVariant, Placement
from personalization.recommend.algorithms import ALGORITHMS

CONTENT_HELP = gettext_lazy(
    "An object as JSON. Its type is hero_banner (title, text, image, link), "
    "product_recommendations (types, such as personal:5,trending:3), content_blocks (blocks, such "
    'as {"video": 2}), promotional_offers or navigation_items (items with label and link), or '
    "text (text). Texts may have {first_name|…}, {segment|…} and {top_interest|…}, each with what "
    "stands there where it is not known."
)

DEFAULT, OWN = "default", "own"
OF_VARIANT, OF_ALGORITHM = "variant:", "algorithm:"
PARTS = ("code", "weight", "shows", "content")


def name_of(place: int, part: str) -> str:
    """Return the name of a variant's field."""
    return f"variant_{place}_{part}"


def fields_of_variants() -> dict[str, forms.Field]:
    """Return the fields of as many variants as an experiment may have, by their names."""
    choices = _choices()
    fields: dict[str, forms.Field] = {}
    for place in range(MOST):
        number = {"number": place + 1}
        label = _("Control: code") if not place else _("Variant %(number)d: code") % number
        parts: tuple[forms.Field, ...] = (
            forms.CharField(label=label, required=False, max_length=64),
            PercentField(label=_("Weight, %"), required=False),
            forms.ChoiceField(label=_("Shows"), choices=choices),
            JsonField(label=_("Own content"), help_text=CONTENT_HELP),
        )
        fields |= {name_of(place, part): one for part, one in zip(PARTS, parts, strict=True)}
    return fields


def _choices() -> list[Any]:
    rows = ExperienceVariant.objects.order_by("placement__code", "code")
    found: dict[str, list[tuple[str, str]]] = {}
    for placement, code in rows.values_list("placement__code", "code"):
        found.setdefault(placement, []).append((f"{OF_VARIANT}{placement}/{code}", code))
    title = gettext_lazy("Content of a variant of %(code)s")
    return [
        (DEFAULT, _("the placement’s default")),
        *((title % {"code": placement}, options) for placement, options in found.items()),
        (_("Recommendations by"), [(f"{OF_ALGORITHM}{name}", name) for name in ALGORITHMS]),
        (OWN, _("own content, as JSON")),
    ]


def initial_of(
    variants: Sequence[Mapping[str, Any]], placement: Placement | None
) -> dict[str, Any]:
    """Return what the fields say of stored variants; without any, two of the same weight."""
    found: dict[str, Any] = {name_of(place, "shows"): DEFAULT for place in range(MOST)}
    if not variants:
        halves = zip(("control", "b"), equal_weights(FEWEST), strict=True)
        for place, (code, weight) in enumerate(halves):
            found[name_of(place, "code")] = code
            found[name_of(place, "weight")] = per_cent(weight)
        return found
    known = list(placement.variants.order_by("code")) if placement else []
    for place, one in enumerate(variants):
        content = one.get("content") or {}
        same = next((row.code for row in known if row.content == content), None)
        shows = DEFAULT
        if "algorithm" in one:
            shows = f"{OF_ALGORITHM}{one['algorithm']}"
        elif content:
            own = placement is None or same is None
            shows = OWN if own else f"{OF_VARIANT}{placement}/{same}"
        values = (one["code"], per_cent(one["weight"]), shows, content if shows == OWN else {})
        found |= {name_of(place, part): value for part, value in zip(PARTS, values, strict=True)}
    return found


def used_places(data: Mapping[str, Any]) -> list[int]:
    """Return which of the variants were filled in, by any of their fields."""
    return [
        place
        for place in range(MOST)
        if data.get(name_of(place, "code"))
        or data.get(name_of(place, "weight")) is not None
        or data.get(name_of(place, "shows"), DEFAULT) != DEFAULT
        or data.get(name_of(place, "content"))
    ]


def said_of_variants(data: Mapping[str, Any], places: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the variants as a definition has them; all weights left empty are equal ones."""
    weights = [data[name_of(place, "weight")] for place in places]
    if weights and all(one is None for one in weights):
        weights = equal_weights(len(weights))
    for place, weight in zip(places, weights, strict=True):
        shows = data[name_of(place, "shows")]
        shown: dict[str, Any] = {"content": {}}
        if shows == OWN:
            shown = {"content": json.loads(json.dumps(data[name_of(place, "content")]))}
        elif shows.startswith(OF_ALGORITHM):
            shown = {"algorithm": shows.removeprefix(OF_ALGORITHM)}
        elif shows.startswith(OF_VARIANT):
            shown = {"content": shows.partition("/")[2]}
        yield {"code": data[name_of(place, "code")], "weight": weight, **shown}


def wrong_with(
    data: Mapping[str, Any], places: Sequence[int], placement: Placement | None
) -> Iterator[tuple[str, str]]:
    """Yield fields that do not go together, with what is wrong."""
    weights = [data[name_of(place, "weight")] for place in places]
    for place, weight in zip(places, weights, strict=True):
        shows = data[name_of(place, "shows")]
        content = data[name_of(place, "content")]
        if weight is None and any(one is not None for one in weights):
            text = _("Either every variant has a weight, or none: then they are equal.")
            yield name_of(place, "weight"), text
        if shows == OWN and not content:
            yield name_of(place, "content"), _("This is needed here.")
        if shows != OWN and content:
            text = _("It is shown only where “own content” is chosen: choose it, or empty this.")
            yield name_of(place, "content"), text
        of = shows.removeprefix(OF_VARIANT).partition("/")[0]
        if shows.startswith(OF_VARIANT) and (placement is None or of != placement.code):
            yield name_of(place, "shows"), _("This is content of another placement.")
