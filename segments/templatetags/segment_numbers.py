"""How numbers are shown to merchants, in templates: see `core.text.formats`."""

from datetime import datetime
from functools import partial

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime

from core.text.formats import UNKNOWN, cents_shown, moment_shown, number_shown, share_shown

register = template.Library()

# 1234567 becomes 1,234,567.
register.filter("grouped", number_shown)
# An amount in the base currency becomes €1,234.50.
register.filter("money", cents_shown)
# An instant becomes “now”, “5 minutes ago” and so on.
register.filter("naturaltime", naturaltime)
# A share, 0 to 1, becomes 12.5%; nothing for an unknown one.
register.filter("percent", share_shown)
# The same with a tenth in each cell of a column.
register.filter("percent_in_column", partial(share_shown, in_column=True))


@register.filter
def moment(at: datetime | None) -> str:
    """Return an instant as `Nov 26, 14:50`, a dash where there is none."""
    return moment_shown(at) if at else UNKNOWN
