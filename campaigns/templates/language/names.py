"""The names that a template may use."""

from collections.abc import Mapping

from campaigns.templates.language.shapes import LEAF, PLACEMENTS, Fields, Items, Shape


def _fields(*names: str) -> Fields:
    return Fields(dict.fromkeys(names, LEAF))


NAMES: Mapping[str, Shape] = {
    "customer": _fields("name", "first_name", "last_name", "email"),
    "store": _fields("name", "website"),
    "brand": _fields("name", "logo_url", "main_color", "button_text_color"),
    "segment": _fields("code", "name"),
    "step": _fields("number"),
    "campaign": _fields("code", "name"),
    "coupon": _fields(
        "code",
        "discount_text",
        "discount_amount",
        "description",
        "expires_at",
        "expires_formatted",
    ),
    "recommendations": Items(_fields("name", "price", "sku")),
    "content": PLACEMENTS,
    "unsubscribe_url": LEAF,
    "preferences_url": LEAF,
    "view_url": LEAF,
    "postal_address": LEAF,
}

# The words of the language itself, which look like names.
CONSTANTS: Mapping[str, Shape] = dict.fromkeys(("True", "False", "None"), LEAF)

_COUNTS = ("counter", "counter0", "revcounter", "revcounter0", "first", "last")


def forloop(parent: Shape | None) -> Fields:
    """Return the fields of `forloop` in a loop; `parent` is the `forloop` of the outer loop."""
    around = Fields({}) if parent is None else parent
    return Fields({**dict.fromkeys(_COUNTS, LEAF), "parentloop": around})
