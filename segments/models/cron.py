"""Cron expressions: when a segment is to be refreshed as a whole."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def validate_schedule(expression: str) -> None:
    """Raise ValidationError unless `expression` is a cron expression of five fields."""
    try:
        if len(expression.split()) != 5:  # The library takes seconds and nicknames too.
            raise CronSimError(_("it has not five fields"))
        CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValidationError(
            _("“%(value)s” is not a cron expression such as “0 5 * * *”: %(error)s."),
            code="not_a_schedule",
            params={"value": expression, "error": error},
        ) from error


def last_time(expression: str, *, at: datetime, zone: str) -> datetime | None:
    """Return when `expression` was last due, at `at` at the latest, by the clock of `zone`.

    A time that the clock skips is due right after, one that it shows twice the first time; None
    where there was none in living memory.
    """
    local = at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    try:
        # The search leaves out the moment that it begins with.
        return next(CronSim(expression, local + timedelta(minutes=1), reverse=True))
    except StopIteration:
        return None


def next_time(expression: str, *, at: datetime, zone: str) -> datetime | None:
    """Return when `expression` is due next after `at`, by the clock of `zone`; None for never."""
    try:
        return next(CronSim(expression, at.astimezone(ZoneInfo(zone))))
    except StopIteration:
        return None
