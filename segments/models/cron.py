"""Cron expressions for the schedules of refreshes and exports."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The fields and their allowed values.
FIELDS = (
    (gettext_lazy("the minute"), gettext_lazy("0 to 59")),
    (gettext_lazy("the hour"), gettext_lazy("0 to 23")),
    (gettext_lazy("the day of the month"), gettext_lazy("1 to 31, or L for the last")),
    (gettext_lazy("the month"), gettext_lazy("1 to 12")),
    (gettext_lazy("the day of the week"), gettext_lazy("1 for Monday to 7 for Sunday")),
)
# Nicknames, and the expressions to write instead.
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

# The beginning of the search for the next time.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def validate_schedule(expression: str) -> None:
    """Raise ValidationError unless `expression` is a cron expression of five fields.

    The expression must also be due at some time. The message explains what is wrong.
    """
    problem = _problem_of(expression)
    if problem:
        raise ValidationError(problem, code="not_a_schedule")


def _problem_of(expression: str) -> str:
    parts = expression.split()
    meant = _meant_by(expression.strip().lower())
    if meant:
        return _("“%(value)s” is written “%(meant)s” as a cron expression.") % {
            "value": expression,
            "meant": meant,
        }
    if len(parts) != len(FIELDS):  # The library accepts seconds and nicknames, too.
        return _(
            "“%(value)s” is not a cron expression: these have five fields with blanks between, "
            "minute, hour, day of the month, month, day of the week. “0 5 * * *” is every day at "
            "five."
        ) % {"value": expression}
    for number, (part, (name, takes)) in enumerate(zip(parts, FIELDS, strict=True)):
        if not _is_valid(" ".join(part if at == number else "*" for at in range(len(FIELDS)))):
            return _(
                "“%(part)s” is wrong for %(field)s: it takes %(takes)s, several with commas "
                "(“1,3”), from–to (“1-5”), every so many (“*/2”), or “*” for each."
            ) % {"part": part, "field": name, "takes": takes}
    if not _is_valid(expression) or next_time(expression, at=BEGINNING, zone="UTC") is None:
        return _("“%(value)s” never comes: there is no such day.") % {"value": expression}
    return ""


def _meant_by(text: str) -> str:
    clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    return f"{int(clock[2])} {int(clock[1])} * * *" if clock else NICKNAMES.get(text, "")


def _is_valid(expression: str) -> bool:
    try:
        CronSim(expression, BEGINNING)
    except CronSimError:
        return False
    return True


def last_time(expression: str, *, at: datetime, zone: str) -> datetime | None:
    """Return the last time of `expression` that is not after `at`, by the clock of `zone`.

    A time that the clock skips is due right after the gap, a repeated time at its first occurrence.
    None where the library finds no time.
    """
    local = at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    try:
        # The search excludes its starting moment.
        return next(CronSim(expression, local + timedelta(minutes=1), reverse=True))
    except StopIteration:
        return None


def next_time(expression: str, *, at: datetime, zone: str) -> datetime | None:
    """Return the next time of `expression` after `at`, by the clock of `zone`; None for never."""
    try:
        return next(CronSim(expression, at.astimezone(ZoneInfo(zone))))
    except StopIteration:
        return None
