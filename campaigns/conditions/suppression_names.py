"""Merchants' words for an address on the suppression list, or not on it, by language.

What is said of the address must name it, too: "address" alone is a postal one.
"""

from collections.abc import Sequence

_NOT_IN_ENGLISH = ("not", "is not", "was not", "has not been")
_LISTS = tuple(f"on the {one} list" for one in ("suppression", "block"))
_STATES = ("suppressed", "blocked")
_GERMAN_LIST = "auf der Sperrliste"
_FRENCH_LISTS = ("sur la liste de suppression", "sur la liste d'exclusion")
_NOT_IN_FRENCH = ("non", "pas", "n'est pas", "n'était pas", "n'a pas été")


def _names(addresses: Sequence[str], states: Sequence[str]) -> str:
    return ", ".join(f"{address} {state}" for address in addresses for state in states)


def _german(states: Sequence[str], verbs: Sequence[str]) -> list[str]:
    """Return each state alone, after each of `verbs`, and before it: "Adresse gesperrt ist"."""
    orders = (
        order for one in states for verb in verbs for order in (f"{verb} {one}", f"{one} {verb}")
    )
    return [*states, *orders]


_ENGLISH = ("address", "email", "e-mail", "email address", "e-mail address")
_GERMAN = ("Adresse", "E-Mail-Adresse", "Mailadresse")
_FRENCH = ("adresse", "adresse e-mail", "adresse mail")

# Besides the nouns, such as "suppressed address".
SUPPRESSED = {
    "en": _names(
        _ENGLISH,
        [f"{is_}{one}" for is_ in ("", "is ", "was ") for one in (*_STATES, *_LISTS)],
    ),
    "de": _names(
        _GERMAN,
        [*_german(["gesperrt"], ("ist", "war")), *_german([_GERMAN_LIST], ("steht", "ist"))],
    ),
    "fr": _names(
        _FRENCH,
        [f"{is_}{one}" for is_ in ("", "est ") for one in ("bloquée", *_FRENCH_LISTS)],
    ),
}
NOT_SUPPRESSED = {
    "en": _names(
        _ENGLISH,
        [f"{no} {one}" for no in _NOT_IN_ENGLISH for one in (*_STATES, *_LISTS)],
    ),
    "de": _names(
        _GERMAN,
        [
            *_german(["nicht gesperrt"], ("ist", "war", "wurde")),
            *_german([f"nicht {_GERMAN_LIST}"], ("steht", "ist", "stand", "war")),
        ],
    ),
    "fr": _names(
        _FRENCH,
        [f"{no} {one}" for no in _NOT_IN_FRENCH for one in ("bloquée", *_FRENCH_LISTS)],
    )
    + ", e-mail non bloqué, e-mail pas bloqué, e-mail n'est pas bloqué",
}
# Besides a time: "address was suppressed in May".
SUPPRESSED_AT = {
    "en": _names(
        _ENGLISH,
        [f"{was}{one}" for was in ("", "was ", "has been ") for one in _STATES],
    )
    + ", suppressed",
    "de": _names(_GERMAN, _german(["gesperrt"], ("wurde",))),
    "fr": _names(_FRENCH, ["bloquée", "a été bloquée"]),
}
