"""The variants of an experiment as fields: code, weight in per cent, and what each shows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from personalization.admin.numbers import PercentField, per_cent
from personalization.experiments.assignment.channels import (
    CHANNELS,
    VariantField,
    channel_fields,
    channel_of,
)
from personalization.experiments.assignment.variants import (
    FEWEST,
    equal_weights,
    most_variants,
    named_fields_of,
)
from personalization.models import ExperienceVariant, Placement
from personalization.recommend.algorithms import NAMES

DEFAULT, OWN = "default", "own"
# The kind of a placement and of a list of recommendations; every channel is its own kind.
SHOP = "shop"
OF_VARIANT, OF_ALGORITHM = "variant:", "algorithm:"
PREFIX, PARTS = "variant_", ("code", "weight", "shows")


def parts() -> tuple[str, ...]:
    """Return the parts of a variant: ours, then the fields that channels have."""
    return (*PARTS, *(field.name for field in channel_fields()))


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of experiments by name and label."""
    label = _("What the shop shows: content of a place, or recommendations")
    return [(SHOP, label), *((one.name, str(one.label)) for one in CHANNELS)]


def kind_of(variants: Sequence[Mapping[str, Any]]) -> str:
    """Return the kind of an experiment with these variants."""
    channel = channel_of(variants)
    return SHOP if channel is None else channel.name


def names_by_kind() -> dict[str, list[str]]:
    """Return the fields that concern one kind alone, by that kind."""
    shows = [name_of(place, "shows") for place in range(most_variants())]
    found = {SHOP: ["placement", *shows]}
    for one in CHANNELS:
        names = [field.name for field in one.fields]
        found[one.name] = [
            name_of(place, name) for place in range(most_variants()) for name in names
        ]
    return found


def only_of_kind(data: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the data without the fields that only apply to other kinds."""
    others = [name for one, names in names_by_kind().items() if one != kind for name in names]
    empty: dict[str, Any] = dict.fromkeys(others, "")
    empty |= {name: DEFAULT for name in others if name.endswith("_shows")}
    if "placement" in empty:
        empty["placement"] = None
    return {**data, **empty}


def name_of(place: int, part: str) -> str:
    """Return the name of a variant's field."""
    return f"{PREFIX}{place}_{part}"


def fields_of_variants(initial: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Return the fields of as many variants as an experiment may have, by their names.

    Content that no variant of the placement has (any more) can be kept where it is stored.
    """
    choices = _choices()
    own = (OWN, _("its own content, as it is"))
    offered = {one.name: one.choices() for one in channel_fields() if one.choices is not None}
    fields: dict[str, forms.Field] = {}
    for place in range(most_variants()):
        number = {"number": place + 1}
        label = _("Control: code") if not place else _("Variant %(number)d: code") % number
        is_own = initial[name_of(place, "shows")] == OWN
        usual: tuple[forms.Field, ...] = (
            forms.CharField(label=label, required=False, max_length=64),
            PercentField(label=_("Weight, %"), required=False),
            forms.ChoiceField(label=_("Shows"), choices=[*choices, own] if is_own else choices),
        )
        fields |= {name_of(place, part): one for part, one in zip(PARTS, usual, strict=True)}
        for field in channel_fields():
            name = name_of(place, field.name)
            fields[name] = _of_channel(field, offered.get(field.name), initial.get(name, ""))
    return fields


def _of_channel(
    field: VariantField, offered: Sequence[tuple[str, str]] | None, stored: str
) -> forms.Field:
    """Return the field for a channel's; a stored value stays a choice after its target is gone."""
    if offered is None:
        return forms.CharField(label=str(field.label), required=False)
    choices = [("", "–"), *offered]
    if stored and stored not in dict(choices):
        choices.append((stored, _("%(code)s (gone)") % {"code": stored}))
    return forms.ChoiceField(label=str(field.label), required=False, choices=choices)


def _choices() -> list[Any]:
    rows = ExperienceVariant.objects.order_by("placement__code", "code")
    found: dict[str, list[tuple[str, str]]] = {}
    for placement, code in rows.values_list("placement__code", "code"):
        found.setdefault(placement, []).append((f"{OF_VARIANT}{placement}/{code}", code))
    title = gettext_lazy("Content of a variant of %(code)s")
    return [
        (DEFAULT, _("the place’s default")),
        *((title % {"code": placement}, options) for placement, options in found.items()),
        (_("Recommendations by"), [(f"{OF_ALGORITHM}{name}", name) for name in NAMES]),
    ]


def initial_of(
    variants: Sequence[Mapping[str, Any]], placement: Placement | None
) -> dict[str, Any]:
    """Return the initial values for stored variants; without any, two variants of equal weight."""
    found: dict[str, Any] = {name_of(place, "shows"): DEFAULT for place in range(most_variants())}
    if not variants:
        halves = zip(("control", "b"), equal_weights(FEWEST), strict=True)
        for place, (code, weight) in enumerate(halves):
            found[name_of(place, "code")] = code
            found[name_of(place, "weight")] = per_cent(weight)
        return found
    known = list(placement.variants.order_by("code")) if placement else []
    for place, one in enumerate(variants):
        content = one.get("content") or {}
        same = code_showing(content, known)
        shows = DEFAULT
        if "algorithm" in one:
            shows = f"{OF_ALGORITHM}{one['algorithm']}"
        elif content:
            own = placement is None or same is None
            shows = OWN if own else f"{OF_VARIANT}{placement}/{same}"
        values = (one["code"], per_cent(one["weight"]), shows)
        found |= {name_of(place, part): value for part, value in zip(PARTS, values, strict=True)}
        found |= {
            name_of(place, field.name): one[field.name]
            for field in channel_fields()
            if field.name in one
        }
    return found


def code_showing(content: Mapping[str, Any], variants: Sequence[ExperienceVariant]) -> str | None:
    """Return the code of the first of a placement's variants that shows `content`, if any."""
    return next((one.code for one in variants if one.content == content), None)


def used_places(data: Mapping[str, Any]) -> list[int]:
    """Return which of the variants were filled in, by any of their fields."""
    return [
        place
        for place in range(most_variants())
        if data.get(name_of(place, "code"))
        or data.get(name_of(place, "weight")) is not None
        or data.get(name_of(place, "shows"), DEFAULT) != DEFAULT
        or any(data.get(name_of(place, field.name)) for field in channel_fields())
    ]


def variant_values(
    data: Mapping[str, Any], places: Sequence[int], stored: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the variants as a definition has them; all weights left empty are equal ones."""
    weights = [data[name_of(place, "weight")] for place in places]
    if weights and all(one is None for one in weights):
        weights = equal_weights(len(weights))
    for place, weight in zip(places, weights, strict=True):
        shows = data[name_of(place, "shows")]
        shown: dict[str, Any] = {"content": {}}
        if shows == OWN:
            shown = {"content": stored[place]["content"]}
        elif shows.startswith(OF_ALGORITHM):
            shown = {"algorithm": shows.removeprefix(OF_ALGORITHM)}
        elif shows.startswith(OF_VARIANT):
            shown = {"content": shows.partition("/")[2]}
        for field in channel_fields():
            if value := data[name_of(place, field.name)]:
                shown[field.name] = value
        yield {"code": data[name_of(place, "code")], "weight": weight, **shown}


def wrong_with(
    data: Mapping[str, Any], places: Sequence[int], placement: Placement | None
) -> Iterator[tuple[str, str]]:
    """Yield fields that contradict each other, with a message."""
    weights = [data[name_of(place, "weight")] for place in places]
    for place, weight in zip(places, weights, strict=True):
        shows = data[name_of(place, "shows")]
        if weight is None and any(one is not None for one in weights):
            text = _("Either every variant has a weight, or none: then they are equal.")
            yield name_of(place, "weight"), text
        of = shows.removeprefix(OF_VARIANT).partition("/")[0]
        if shows.startswith(OF_VARIANT) and (placement is None or of != placement.code):
            yield name_of(place, "shows"), _("This is content of another place.")
    yield from _empty_channel(data, places)


def _empty_channel(data: Mapping[str, Any], places: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Yield that no variant says anything in the fields of the chosen channel, which are its kind.

    Stored without them, the experiment would be one of another kind.
    """
    chosen = [one for one in CHANNELS if one.name == data.get("kind")]
    for channel in chosen:
        names = [field.name for field in channel.fields]
        if not any(data.get(name_of(place, name)) for place in places for name in names):
            text = _("No variant says what is different: fill in %(fields)s of at least one.")
            # The first is the control, which normally stays as it is.
            place = places[1] if len(places) > 1 else 0
            yield name_of(place, names[0]), text % {"fields": named_fields_of(channel)}
