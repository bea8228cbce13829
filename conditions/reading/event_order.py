"""What merchants type of the order of events: "viewed shoes and then ordered within 7 days".

The words that say the order stand between two clauses, which are read by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conditions import registry
from conditions.bases.derived import Derived
from conditions.reading.nodes import Node

# What a clause may mean; nothing where some of it is not understood.
ReadClause = Callable[[str], Sequence[Node]]
FLAGS = re.IGNORECASE | re.DOTALL


@dataclass(frozen=True)
class OrderWords:
    """The words of one language, as regular expressions of whole texts.

    `then` and `not_then` have the groups `first` and `second`, `again` has none; `n` and `days`,
    `weeks` or `hours` are the time within which the second event comes. `cart` is a clause about
    what was put into a cart.
    """

    then: Sequence[str]
    not_then: Sequence[str]
    again: Sequence[str]
    cart: str


def _within(before: str, days: str, weeks: str, hours: str) -> str:
    return rf"{before} (?P<n>\d{{1,4}}) (?:(?P<days>{days})|(?P<weeks>{weeks})|(?P<hours>{hours}))"


_EN = _within("within", "days?", "weeks?", "hours?")
_DE = _within("innerhalb von", "tag(?:en)?", "wochen?", "stunden?")
_FR = _within("dans les", "jours?", "semaines?", "heures?")
WORDS: Mapping[str, OrderWords] = {
    "en": OrderWords(
        then=[
            rf"(?P<first>.+?),? (?:and )?then,? {_EN},? (?P<second>.+)",
            rf"(?P<first>.+?),? (?:and )?then (?P<second>.+?)(?:,? {_EN})?",
        ],
        not_then=[
            rf"(?P<first>.+?),? (?:but|and) (?:did not|didn['’]t|have not|haven['’]t|has not) "
            rf"(?P<second>.+?) {_EN}"
        ],
        again=[rf"(?:bought|ordered|purchased) again {_EN} (?:of|after) (?:the|their) first \w+"],
        cart=r"(?:added|put)(?: something| a product)? (?:in)?to (?:the |their )?(?:cart|basket)",
    ),
    "de": OrderWords(
        then=[rf"(?P<first>.+?),? (?:und )?(?:dann|danach) (?:{_DE} )?(?P<second>.+?)(?: haben)?"],
        not_then=[
            rf"(?P<first>.+?),? (?:aber|und|doch) nicht {_DE} (?P<second>.+?)(?: haben)?",
            rf"(?P<first>.+?),? (?:aber|und|doch) {_DE} nicht (?P<second>.+?)(?: haben)?",
        ],
        again=[rf"{_DE} nach der ersten \w+ (?:wieder|erneut) (?:gekauft|bestellt)(?: haben)?"],
        cart=r"(?:etwas |einen artikel )?in den (?:waren)?korb gelegt",
    ),
    "fr": OrderWords(
        then=[rf"(?P<first>.+?),? (?:et )?puis,? (?P<second>.+?)(?: {_FR})?"],
        not_then=[rf"(?P<first>.+?),? sans (?P<second>.+?) {_FR}"],
        again=[
            rf"(?:ont )?(?:rachet|recommand)(?:é|er|e) {_FR} (?:suivant|après) (?:la|leur) "
            r"premi[eè]re \w+"
        ],
        cart=r"(?:ont )?(?:ajouté|mis)(?: un article| un produit)? (?:au|dans le) panier",
    ),
}


def chains_in(text: str, language: str, read: ReadClause) -> list[Node]:
    """Return the orders of events that the whole of `text` may say; none as a rule.

    `read` reads the clause of one event. A cart that became an order is no longer open, so that
    what was put into it and then ordered is asked of all carts.
    """
    words, text = WORDS[language], text.strip().rstrip(".")
    for pattern in words.again:
        if found := re.fullmatch(pattern, text, FLAGS):
            first = {"relation": "sales", "only": "first"}
            return [{"steps": [first, {"relation": "sales", **_gap(found)}]}]
    for patterns, is_absent in ((words.not_then, True), (words.then, False)):
        for pattern in patterns:
            found = re.fullmatch(pattern, text, FLAGS)
            chains = [] if found is None else list(_chains(found, words, read, is_absent=is_absent))
            if chains:
                return chains
    return []


def _chains(
    found: re.Match[str], words: OrderWords, read: ReadClause, *, is_absent: bool
) -> Iterator[Node]:
    second = list(_steps(found["second"], words, read))
    if not second:
        return
    last = second[0] | _gap(found) | ({"not": True} if is_absent else {})
    for first in _steps(found["first"], words, read, is_open=is_absent):
        yield {"steps": [first, last]}


def _steps(
    clause: str, words: OrderWords, read: ReadClause, *, is_open: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield what one clause says as a step, the likeliest first.

    `is_open`: a cart that is spoken of may be one that is still open, since no order followed.
    """
    if re.fullmatch(words.cart, clause, FLAGS):
        carts = ("cart_items", "all_cart_items") if is_open else ("all_cart_items",)
        yield from ({"relation": one} for one in carts)
        return
    for node in read(clause):
        step = _step(node)
        if step is not None:
            yield step
            return


def _step(node: Node) -> dict[str, Any] | None:
    """Return a node that says that there is some row as a step; None for any other."""
    if "relation" in node:
        if node.get("aggregate", "exists") != "exists" or not _has_time(node["relation"]):
            return None
        chosen = {key: node[key] for key in ("match", "conditions") if node.get("conditions")}
        return {"relation": node["relation"], **chosen}
    attribute = registry.find_attribute(str(node.get("attribute")))
    if isinstance(attribute, Derived) and attribute.aggregate.name == "count":
        at_least_one = {**node, "operator": "gte", "value": 1}
        is_some = node == at_least_one and _has_time(attribute.over)
        return {"relation": attribute.over} if is_some else None
    return None


def _has_time(relation: str) -> bool:
    return bool(registry.relation(relation).time)


def _gap(found: re.Match[str]) -> dict[str, int]:
    if found["n"] is None:
        return {}
    number = int(found["n"])
    if found["hours"]:
        return {"within_hours": number}
    return {"within_days": number * (7 if found["weeks"] else 1)}
