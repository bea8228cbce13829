"""Read HTTP headers of a shop's answers: numbers, times, waits, and how far its clock is behind."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from core.clock import now


@dataclass
class ShopClock:
    """How far the clock of a shop is behind ours, by the times of its answers."""

    lag: timedelta = timedelta(0)

    def note(self, date: str, age: str) -> None:
        """Note the headers `Date` and `Age` of an answer that has just come.

        A cache answers with the `Date` of the shop's answer and with its age in seconds.
        """
        if at := _http_time(date):
            self.lag = max(self.lag, now() - at - timedelta(seconds=whole_number(age)))


def retry_after(text: str) -> float | None:
    """Return for how long `Retry-After` asks to wait: seconds, or until a time (RFC 9110)."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _http_time(text)
    return None if until is None else max((until - now()).total_seconds(), 0.0)


def whole_number(text: str) -> int:
    """Return the number of up to nine digits in a header; 0 where the text is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _http_time(text: str) -> datetime | None:
    """Return a time of HTTP; None where the text is none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)
