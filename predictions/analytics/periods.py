"""Parameters of views about a period."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.problems import Invalid, Problem
from predictions.analytics.computation.views import ViewParameter
from predictions.analytics.period_ends import MomentField

WINDOW_DAYS, MOST_DAYS = 30, 3650


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MOST_DAYS})
class DaysField(serializers.Field[Any, Any, Any, Any]):
    """A whole number of days as text, from 1 to 3,650, in plain digits."""

    default_error_messages = {
        "not_days": gettext_lazy("A whole number of days from 1 to {most} is needed here.")
    }

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]{1,4}", data):
            self.fail("not_days", most=MOST_DAYS)
        days = int(data)
        if not 1 <= days <= MOST_DAYS:
            self.fail("not_days", most=MOST_DAYS)
        return days

    def to_representation(self, value: int) -> int:
        return value


def window_of(parameters: Mapping[str, Any]) -> timedelta:
    """Return the window that is asked for, or the usual one."""
    return timedelta(days=parameters.get("window_days", WINDOW_DAYS))


def ends_of(parameters: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return `from` and `to`, None for what is not given; raises `Invalid` for none between."""
    since, until = parameters.get("from"), parameters.get("to")
    if since is not None and until is not None and until <= since:
        text = _("The end of the period has to be later than its beginning.")
        raise Invalid([Problem("to", "out_of_range", text)])
    return since, until


WINDOW = ViewParameter(
    "window_days",
    DaysField(required=False),
    f"a whole number of days, {WINDOW_DAYS} unless it is said; at most {MOST_DAYS}.",
)
FROM = ViewParameter(
    "from", MomentField(required=False), "from then on; without it, from the first on."
)
TO = ViewParameter("to", MomentField(required=False), "until just before; without it, `as_of`.")
