"""How numbers are shown to merchants."""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime
from django.utils.formats import number_format

register = template.Library()

# 1234567 becomes 1,234,567.
register.filter("grouped", intcomma)
# An instant becomes “now”, “5 minutes ago” and so on.
register.filter("naturaltime", naturaltime)


@register.filter
def percent(share: float | None) -> str:
    """Return `share` (0 to 1) in per cent with one decimal; nothing for an unknown one."""
    return "" if share is None else f"{rounded(share * 100, 1)} %"


def rounded(number: float | Decimal, decimals: int, *, grouped: bool = False) -> str:
    """Return `number` with so many decimals, rounded half away from zero as browsers do it.

    Django's own formatting cuts the other decimals off.
    """
    exact = Decimal(str(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return number_format(exact, decimals, force_grouping=grouped)
