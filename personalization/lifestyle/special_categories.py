"""Product attributes that may be used for lifestyle values of customers, and those that may not.

Purchases may reveal religion, health, politics or orientation. These are special categories of
personal data (Art. 9 GDPR), so no share is ever computed of them. A code is refused if it contains
one of the words that `docs/personalization.md` lists.
"""

import re
import unicodedata
from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.formats import quote_value

SPECIAL_CATEGORY = "special_category"
PREFIX = "lifestyle.values."
# A word of a code that begins so is about what is protected; in English, German and French.
BEGINNINGS = (
    *("relig", "church", "christian", "muslim", "islam", "jewish", "hindu", "buddh", "konfession"),
    *("halal", "kosher", "koscher", "casher", "belief", "creed", "glaube", "croyance", "faith"),
    *("catholic", "katholi", "protestant", "evangelisch", "atheis"),
    *("health", "medic", "medik", "disease", "illness", "diagnos", "disab", "handicap", "pregnan"),
    *("gesundheit", "krank", "schwanger", "behinder", "sante", "malad", "enceint", "grossesse"),
    *("polit", "partei", "ideolog", "union", "gewerkschaft", "syndicat"),
    *("orientation", "orientierung", "sex", "gay", "lesbi", "homosex", "lgbt", "queer"),
    *("bisexu", "heterosex", "transgender", "transsex"),
    *("ethni", "race", "racial", "rasse", "genetic", "genetisch", "genetique", "biometr"),
)
WORDS = re.compile(r"[^a-z]+")
# Where the next word of a code like `isHalal` begins.
NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def is_special(code: str) -> bool:
    """Return whether a code names a special category of personal data by one of its words."""
    # Accents of decomposed letters are no letters of a to z: they have to go first.
    letters = "".join(
        one for one in unicodedata.normalize("NFKD", code) if not unicodedata.combining(one)
    )
    words = WORDS.split(NEXT_WORD.sub("_", letters).lower())
    return any(word.startswith(BEGINNINGS) for word in words if word)


def is_refused(code: str) -> bool:
    """Return whether no share may be computed of a code: a special category, or protected."""
    return is_special(code) or code in settings.PROTECTED_ATTRIBUTES


def value_codes() -> Sequence[str]:
    """Return the codes of `VALUE_ATTRIBUTES`, each once and by code; refused codes are left out."""
    return sorted({code for code in settings.VALUE_ATTRIBUTES if not is_refused(code)})


def problem_of(attribute: str) -> Problem | None:
    """Return why an attribute `lifestyle.values.<code>` is refused; None where it is not."""
    code = attribute.removeprefix(PREFIX)
    if not is_refused(code):
        return None
    text = _(
        "%(code)s would tell of religion, health, politics, orientation or what else is protected: "
        "nobody is chosen by that."
    )
    return Problem("", SPECIAL_CATEGORY, text % {"code": quote_value(code)})


def check_settings(**kwargs: object) -> list[CheckMessage]:
    """Return an error for each code of `VALUE_ATTRIBUTES` that is refused."""
    return [
        Error(
            f"VALUE_ATTRIBUTES: {code!r} is a special category of personal data, or protected.",
            hint="Leave it out: no share is computed of it.",
            id="personalization.E001",
        )
        for code in settings.VALUE_ATTRIBUTES
        if is_refused(code)
    ]
