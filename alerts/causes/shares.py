"""The cause of a change, chosen from the shares of it that facts explain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Cause(models.TextChoices):
    """The cause of a change, in the order in which facts are preferred."""

    DEFINITION = "definition", _("changed definition")
    IMPORT = "import", _("import")
    MAIL = "mail", _("mail")
    PRICE_RULE = "price_rule", _("price rule")
    SOURCE_MISSING = "source_missing", _("missing data")
    UNKNOWN = "unknown", _("unknown")


# The least share of the change that makes a fact the cause, and that makes it worth naming.
OF_CAUSE, OF_MENTION = 0.5, 0.1


@dataclass(frozen=True)
class Explanation:
    """The cause of a change, and the other facts that explain a part of the change."""

    cause: Cause
    also: tuple[Cause, ...]


def explain_change(shares: Mapping[Cause, float]) -> Explanation:
    """Return the explanation by `shares`, the parts (0 to 1) of the change by fact."""
    known = [(cause, shares[cause]) for cause in Cause if cause in shares]
    cause = next((one for one, share in known if share >= OF_CAUSE), Cause.UNKNOWN)
    also = tuple(one for one, share in known if share >= OF_MENTION and one != cause)
    return Explanation(cause, also)


def largest_shares(facts: Iterable[tuple[Cause, float]]) -> dict[Cause, float]:
    """Return the largest share of each cause: several facts of one kind do not add up."""
    shares: dict[Cause, float] = {}
    for cause, share in facts:
        shares[cause] = max(share, shares.get(cause, 0.0))
    return shares
