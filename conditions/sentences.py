"""How conditions are said in plain words."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext_lazy, pgettext_lazy

from conditions.attribute import Attribute
from conditions.language.counted import MANY, form_of
from conditions.language.operators import Words
from conditions.language.types import MONEY

# What a group says of its conditions: the word, and what it means.
MATCH_WORDS: Mapping[str, tuple[Words, Words]] = {
    "all": (pgettext_lazy("conditions", "all"), gettext_lazy("every one of them holds")),
    "any": (gettext_lazy("any"), gettext_lazy("at least one of them holds")),
    "none": (pgettext_lazy("conditions", "none"), gettext_lazy("not one of them holds")),
    "not_all": (gettext_lazy("not all"), gettext_lazy("at least one of them does not hold")),
}


def unit_of(attribute: Attribute, number: int = MANY) -> str:
    """Return the unit of `number` of an attribute's values: the base currency for money."""
    return form_of(settings.BASE_CURRENCY if attribute.type is MONEY else attribute.unit, number)
