"""How numbers, money, shares, dates, times and long lists of names are shown: one way for each."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_currency, format_percent, get_currency_symbol
from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import get_language, pgettext, to_locale
from django.utils.translation import gettext as _

from core.clock import now

UNKNOWN = "–"
CENTS = 2
# The decimals of a share in per cent.
SHARE_DECIMALS = 1
# The most names in one text; nobody reads more.
MOST_NAMED = 20


def number_shown(number: int | Decimal, decimals: int | None = None) -> str:
    """Return `number` in the reader's form, its thousands apart: `1,234.5`, `1.234,5`.

    With `decimals` it has exactly so many, rounded half away from zero as browsers do it; without,
    those that it needs.
    """
    exact = Decimal(number)
    if decimals is not None:
        exact = _rounded(exact, decimals)
    plain = format(exact if decimals is not None else exact.normalize(), "f")
    return formats.number_format(Decimal(plain), use_l10n=True, force_grouping=True)


def money_shown(amount: Decimal, decimals: int | None = None, *, in_column: bool = False) -> str:
    """Return an amount in the base currency: `€1,200`, in German `1.200 €`.

    With `decimals` it has exactly so many, rounded half away from zero. Without, it has none where
    it is whole, else as many as it needs, at least two; in a column (`in_column`) it always has
    cents, as the others have. Round a calculated amount first.
    """
    if decimals is None:
        decimals = _decimals_of(amount, in_column=in_column)
    locale = _locale()
    places = f"0.{'0' * decimals}" if decimals else "0"
    # The pattern says on which side of the number the reader's language has the symbol.
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", places)
    if get_currency_symbol(settings.BASE_CURRENCY, locale)[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\xa0#")
    return format_currency(
        _rounded(amount, decimals),
        settings.BASE_CURRENCY,
        pattern,
        locale=locale,
        currency_digits=False,
    )


def currency_symbol() -> str:
    """Return the base currency as the reader's language writes it: `€`, `CHF`."""
    return get_currency_symbol(settings.BASE_CURRENCY, _locale())


def format_amount(amount: Decimal) -> str:
    """Return the amount alone: whole, or with as many decimals as it has, at least two."""
    return number_shown(amount, _decimals_of(amount) or None)


def _decimals_of(amount: Decimal, *, in_column: bool = False) -> int:
    exponent = amount.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return 0 if exponent >= 0 and not in_column else max(CENTS, -exponent)


def _rounded(number: Decimal, decimals: int) -> Decimal:
    """Return `number` with so many decimals, half of the last one away from zero."""
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))


def cents_shown(amount: Decimal | None) -> str:
    """Return an amount in the base currency for a column, rounded to cents; a dash for None."""
    if amount is None:
        return UNKNOWN
    return money_shown(amount, CENTS)


def share_shown(
    share: float | Decimal | None, *, in_column: bool = False, decimals: int = SHARE_DECIMALS
) -> str:
    """Return a share (0 to 1) in per cent, to a tenth: `12.5%`, `12,5 %`; "" where it is unknown.

    With `decimals` it has at most so many. Half of the last one is rounded away from zero, as
    browsers do. Below others (`in_column`) it has its tenth as they have: `12.0%`.
    """
    if share is None:
        return ""
    # Per cent are two decimals of their own.
    tenths = _rounded(Decimal(str(share)), decimals + 2)
    locale = _locale()
    pattern = locale.percent_formats[None].pattern
    if in_column:
        pattern = pattern.replace("0", "0.0")
    return format_percent(tenths, pattern, locale=locale, decimal_quantization=False)


def day_shown(day: date) -> str:
    """Return a day in words: `April 10, 2026`, `10. April 2026`, `10 avril 2026`."""
    # Translators: the order of a date, as in “April 10, 2026”; %(month)s is a word.
    return pgettext("date", "%(month)s %(day)s, %(year)s") % {
        "month": month_names()[day.month - 1],
        "day": number_of_day(day.day),
        "year": day.year,
    }


def number_of_day(day: int) -> str:
    """Return a day's number as a date has it: the first of a month is `1er` in French."""
    return pgettext("the first of a month", "1") if day == 1 else str(day)


def month_names() -> list[str]:
    """Return the months, January first."""
    return [formats.date_format(date(2000, month, 1), "F") for month in range(1, 13)]


def month_abbreviation(number: int) -> str:
    """Return a month (1 to 12) as dates with a short month have it: `Mar`, `März`, `mars`."""
    return str(_locale().months["format"]["abbreviated"][number])


def time_shown(at: time) -> str:
    """Return a time of day, with seconds (and their decimals) only where it has some."""
    text = at.replace(tzinfo=None).isoformat()
    return text.removesuffix(":00") if len(text) == len("12:00:00") else text


def format_instant(at: datetime) -> str:
    """Return a day with its time; an aware time also with its zone, as it is an exact instant."""
    return _("%(day)s at %(time)s") % {
        "day": day_shown(at.date()),
        "time": f"{time_shown(at.time())}{format_utc_offset(at)}",
    }


def format_utc_offset(at: datetime) -> str:
    """Return how far an aware time is from UTC, with the space before it: ` UTC-05:00`."""
    if at.tzinfo is None:
        return ""
    return " UTC" if not at.utcoffset() else f" UTC{at.isoformat()[-6:]}"


def moment_shown(at: datetime, *, with_year: bool = False) -> str:
    """Return an instant in the time zone of the page: `Nov 26, 14:50`, `26. Nov., 14:50`.

    The year is only there where it is not this year; texts that are kept have it (`with_year`).
    """
    local = timezone.localtime(at)
    is_this_year = local.year == timezone.localtime(now()).year
    skeleton = "MMMd" if is_this_year and not with_year else "yMMMd"
    day = format_skeleton(skeleton, local.replace(tzinfo=None), locale=_locale())
    return f"{day}, {local:%H:%M}"


def quote_value(raw: Any) -> str:
    """Return `raw` as messages show it, cut where it is long."""
    text = in_quotes(raw) if isinstance(raw, str) else str(raw)
    return text if len(text) <= 60 else text[:57] + "…"


def in_quotes(text: str) -> str:
    """Return `text` in the quotation marks of the active language."""
    return _("“%(text)s”") % {"text": text}


def first_names(names: Sequence[str]) -> list[str]:
    """Return the first 20 of `names`; where there are more, a last entry says how many."""
    shown = list(names[:MOST_NAMED])
    if more := len(names) - len(shown):
        shown.append(_("… and %(count)s more") % {"count": number_shown(more)})
    return shown


def first_named(names: Sequence[str]) -> str:
    """Return the first 20 of `names` with commas between, and how many more there are."""
    return ", ".join(first_names(names))
