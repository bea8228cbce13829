"""How each figure of life-style is computed, in words, with the counts behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.text.formats import UNKNOWN, money_shown, number_shown, share_shown
from personalization.engagement import TENTH, rounded_to
from personalization.lifestyle.figures import FIGURES, Lifestyle, Regularity, Share

FORMULAS: dict[str, Words] = {
    "weekend_share": gettext_lazy("orders on Saturdays and Sundays / orders of 365 days"),
    "evening_share": gettext_lazy("orders from 18:00 to midnight / orders of 365 days"),
    "new_product_share": gettext_lazy(
        "lines of products that the customer had never bought before / lines of 365 days"
    ),
    "gift_season_share": gettext_lazy("orders in November and December / orders of 365 days"),
    "regularity": gettext_lazy(
        "1 / (1 + standard deviation / mean) of the days between purchase days, from 4 gaps on"
    ),
}
OF_VALUE = gettext_lazy("amount of lines of products that have the value / amount of all lines")
LABELS: dict[str, Words] = {
    "weekend_share": gettext_lazy("Orders on weekends"),
    "evening_share": gettext_lazy("Orders in the evening"),
    "new_product_share": gettext_lazy("Products that are new to them"),
    "gift_season_share": gettext_lazy("Orders in November and December"),
    "regularity": gettext_lazy("Regularity of purchases"),
}


@dataclass(frozen=True)
class ExplainedFigure:
    """A figure with its formula and counts; `value` has 4 decimals, None where it is missing."""

    label: Words
    value: Decimal | None
    formula: Words
    counts: str

    @property
    def shown(self) -> str:
        """The value as a percentage; "–" where it is missing."""
        return UNKNOWN if self.value is None else share_shown(self.value)


def explained_figures(lifestyle: Lifestyle) -> Iterator[ExplainedFigure]:
    """Yield each figure for people, in the language of the request; values come last, by code."""
    for name in FIGURES:
        figure: Share | Regularity = getattr(lifestyle, name)
        counts = _gaps(figure) if isinstance(figure, Regularity) else _counts(figure)
        yield ExplainedFigure(LABELS[name], lifestyle.value(name), FORMULAS[name], counts)
    shares = lifestyle.shares_of_values()
    for code, share in lifestyle.values.items():
        label = _("Spend on “%(value)s”") % {"value": code}
        yield ExplainedFigure(label, shares.get(code), OF_VALUE, _amounts(share))


def _counts(share: Share) -> str:
    return _("%(part)s of %(whole)s") % {
        "part": number_shown(share.part),
        "whole": number_shown(share.whole),
    }


def _amounts(share: Share) -> str:
    return _("%(part)s of %(whole)s") % {
        "part": money_shown(Decimal(share.part)),
        "whole": money_shown(Decimal(share.whole)),
    }


def _gaps(figure: Regularity) -> str:
    if figure.mean is None or figure.deviation is None:
        return _("gaps: %(gaps)s") % {"gaps": number_shown(figure.gaps)}
    return _("gaps: %(gaps)s, mean %(mean)s days, standard deviation %(deviation)s days") % {
        "gaps": number_shown(figure.gaps),
        "mean": number_shown(rounded_to(figure.mean, TENTH)),
        "deviation": number_shown(rounded_to(figure.deviation, TENTH)),
    }
