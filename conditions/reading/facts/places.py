"""Places after a deed: "ordered, but not in Germany" means where nothing was sent."""

from __future__ import annotations

from dataclasses import replace

from conditions.reading.facts.fact import Fact
from conditions.reading.facts.grouping import Joined
from conditions.reading.facts.same_rows import sent_to
from conditions.reading.vocabulary.model import Model

# Words after which a place may belong to the deed before.
JOINS = ("and", "but", "comma")


def not_sent(facts: Joined, model: Model) -> Fact | None:
    """Return what "ordered but not in Germany" denies as an order that was sent there.

    The other reading is that the customers do not live there.
    """
    one, join, other = (*facts, "", "")[:3]
    if not (isinstance(one, Fact) and isinstance(other, Fact)) or join not in JOINS:
        return None
    if not one.verb or one.denied or not (other.denied and other.is_inside) or other.is_stated:
        return None
    bought = replace(other, head=one.head, verb=True, is_standing=False, values=list(one.values))
    return sent_to(replace(other, denied=False), bought, model)


def not_done_there(place: Fact, deed: Fact, model: Model) -> Fact | None:
    """Return "nicht in Deutschland bestellt" as "no order that was sent to Germany"."""
    is_place = place.denied and place.is_inside and not place.is_outside
    if not is_place or not deed.verb or deed.denied:
        return None
    return sent_to(replace(place, denied=False), replace(deed, denied=True), model)
