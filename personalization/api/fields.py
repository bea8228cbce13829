"""Fields for lists, as comma-separated text in a query string or as JSON; and for weights."""

from collections.abc import Sequence
from math import isclose, isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.parsing import PlainNumberField
from personalization.offers.scoring.formula import WEIGHTS, are_weights

MOST_TEXTS, LONGEST_TEXT = 1_000, 255
MOST_ITEMS = 100
TEXTS = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


@extend_schema_field(TEXTS)
class TextsField(serializers.Field[Any, Any, Any, Any]):
    """Texts: comma-separated, or a list, whose texts may contain commas."""

    default_error_messages = {
        "invalid": _("A text is needed here, or a list of texts."),
        "max_length": _("At most {most} texts of 1 to {longest} characters."),
        "nul": _("There is a NUL in it."),
    }

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        texts = data.split(",") if isinstance(data, str) else data
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            self.fail("invalid")
        if data == "":
            return ()
        if len(texts) > MOST_TEXTS or not all(1 <= len(text) <= LONGEST_TEXT for text in texts):
            self.fail("max_length", most=MOST_TEXTS, longest=LONGEST_TEXT)
        if any("\0" in text for text in texts):
            self.fail("nul")
        return tuple(dict.fromkeys(texts))

    def to_representation(self, value: Any) -> Any:
        return value


class _PairsField(TextsField):
    """Names with numbers, such as similar:4."""

    default_error_messages = {
        "pair": _("A name, “:” and a number are needed here: {text}."),
        "unknown_choice": _("There is no “{name}”, but these: {known}."),
        "repeated": _("“{name}” stands there more than once."),
    }

    def __init__(self, names: Sequence[str], **more: Any) -> None:
        self.names = names
        super().__init__(**more)

    def pairs(self, data: Any) -> list[tuple[str, str]]:
        """Return the known names with the values after their colons."""
        found: list[tuple[str, str]] = []
        for text in super().to_internal_value(data):
            name, colon, number = text.partition(":")
            if not colon:
                self.fail("pair", text=text)
            if name not in self.names:
                self.fail("unknown_choice", name=name, known=", ".join(self.names))
            if name in dict(found):
                self.fail("repeated", name=name)
            found.append((name, number))
        return found


@extend_schema_field(TEXTS)
class CountsField(_PairsField):
    """Counts by name: similar:4,personal:5."""

    default_error_messages = {"count": _("From 1 to {most}, unlike “{text}”.")}

    def to_internal_value(self, data: Any) -> Any:
        return tuple((name, self._count(text)) for name, text in self.pairs(data))

    def _count(self, text: str) -> int:
        is_whole = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ITEMS))
        if not is_whole or not 1 <= int(text) <= MOST_ITEMS:
            self.fail("count", most=MOST_ITEMS, text=text)
        return int(text)


@extend_schema_field(TEXTS)
class WeightsField(_PairsField):
    """Weights by name, each above 0, with the sum 1: cosine:0.4,content_based:0.6."""

    default_error_messages = {"weights": _("Weights are above 0, and their sum is 1.")}

    def to_internal_value(self, data: Any) -> Any:
        found = tuple((name, self._weight(text)) for name, text in self.pairs(data))
        if found and not isclose(sum(weight for _name, weight in found), 1, abs_tol=1e-9):
            self.fail("weights")
        return found

    def _weight(self, text: str) -> float:
        try:
            weight = float(text) if text.isascii() and len(text) <= LONGEST_TEXT else 0.0
        except ValueError:
            weight = 0.0
        if not isfinite(weight) or weight <= 0 or "_" in text:
            self.fail("weights")
        return weight


@extend_schema_field({"type": "object", "additionalProperties": {"type": "number"}})
class PartWeightsField(serializers.Field[Any, Any, Any, Any]):
    """The weights of the parts of an offer's score: {"purchase": 0.5, "brand": 0.5}."""

    default_error_messages = {
        "invalid": _("An object of names and numbers is needed here."),
        "unknown_choice": _("There is no “{name}”, but these: {known}."),
        "weights": _("Weights are 0 or more, and their sum is 1."),
    }

    def to_internal_value(self, data: Any) -> dict[str, float]:
        if not isinstance(data, dict):
            self.fail("invalid")
        for name in data:
            if name not in WEIGHTS:
                self.fail("unknown_choice", name=name, known=", ".join(WEIGHTS))
        number = PlainNumberField()
        weights = {name: number.to_internal_value(value) for name, value in data.items()}
        if not are_weights(weights):
            self.fail("weights")
        return weights

    def to_representation(self, value: Any) -> Any:
        return value
