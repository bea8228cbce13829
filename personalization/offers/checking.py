"""Whether an offer can be as it is written: every problem with its path."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from core.database.fields import AMOUNT_LIMIT, rounded
from core.problems import Problem
from core.text.json_documents import can_be_stored
from personalization.audience import checked_audience
from personalization.editing.rows import Checked, InvalidRow, column_problems, period_problems
from personalization.models import Offer, OfferKind
from personalization.offers.definition import OfferSays
from personalization.offers.protection import protected_places

MOST = 2**31 - 1
LONGEST_BASIS = 2_000
# As many as `ExactDecimalField` keeps.
DECIMALS = 4
# Addresses of the API stand where an offer of this code would have its own.
RESERVED_CODES = frozenset({"evaluate"})
# Kinds that say how much, which others do not; a reward may say what it is worth.
MEASURED = {OfferKind.PERCENT, OfferKind.FIXED, OfferKind.POINTS, OfferKind.CATEGORY_BONUS}
WORTHLESS = {OfferKind.FREE_SHIPPING, OfferKind.EARLY_ACCESS}


def check_offer(says: OfferSays, row: Offer) -> Checked:
    """Return what is to be stored for `row`, which may be new; raises InvalidRow.

    Nobody changes a segment meanwhile: the caller holds the lock of definitions.
    """
    says = replace(says, legal_basis=says.legal_basis.strip())
    problems = column_problems(row, ("code", "kind"), kind=says.kind)
    if row._state.adding and row.code in RESERVED_CODES:
        text = _("“%(code)s” is an address of the API: choose another code.")
        problems.append(Problem("code", "reserved", text % {"code": row.code}))
    if says.kind in OfferKind.values:
        problems += _value(OfferKind(says.kind), says.value)
    problems += [*_numbers(says), *_basis(says.legal_basis)]
    problems += period_problems("starts_at", says.starts_at, "ends_at", says.ends_at)
    had = None if row._state.adding else row.audience
    audience = checked_audience(says.audience, had, "audience")
    problems += audience.problems
    if not audience.problems:
        text = _("Offers may not be by gender, date of birth, address or what else is protected.")
        behind = _("Segment “%(segment)s” asks for that.")
        for place, code in protected_places(audience.audience, "audience"):
            said = f"{text} {behind % {'segment': code}}" if code else text
            problems.append(Problem(place, "protected_attribute", said))
    if problems:
        raise InvalidRow(problems)
    value = None if says.kind in WORTHLESS else says.value
    stored = replace(says, audience=audience.audience, value=value)
    return Checked(stored, tuple(audience.warnings))


def _value(kind: OfferKind, value: Decimal | None) -> Iterator[Problem]:
    if kind in WORTHLESS:
        if value:
            text = _("“%(kind)s” has no value: leave it empty.")
            yield Problem("value", "not_used", text % {"kind": kind.label})
    elif value is None:
        if kind in MEASURED:
            yield Problem("value", "required", _("A number is needed here."))
    elif not 0 < value <= AMOUNT_LIMIT:
        text = _("More than 0 is needed here, and at most 1,000,000,000.")
        yield Problem("value", "out_of_range", text)
    elif kind is OfferKind.PERCENT and value > settings.OFFER_MAX_PERCENT:
        text = _("An offer takes off at most %(most)d %%.")
        yield Problem("value", "above_cap", text % {"most": settings.OFFER_MAX_PERCENT})
    elif kind is OfferKind.POINTS and value != value.to_integral_value():
        yield Problem("value", "invalid", _("Points are whole numbers."))


def _numbers(says: OfferSays) -> Iterator[Problem]:
    for name in ("value", "budget", "min_margin"):
        number = getattr(says, name)
        # What is out of range is said below, and may have more digits than can be rounded.
        if number is not None and abs(number) <= AMOUNT_LIMIT and rounded(number) != number:
            text = _("At most %(count)d decimals.") % {"count": DECIMALS}
            yield Problem(name, "max_decimal_places", text)
    if not -MOST <= says.priority <= MOST:
        text = _("From -2,147,483,647 to 2,147,483,647.")
        yield Problem("priority", "out_of_range", text)
    if says.budget is not None and not 0 <= says.budget <= AMOUNT_LIMIT:
        yield Problem("budget", "out_of_range", _("From 0 to 1,000,000,000."))
    if says.max_per_customer is not None and not 1 <= says.max_per_customer <= MOST:
        yield Problem("max_per_customer", "out_of_range", _("From 1 to 2,147,483,647."))
    if says.min_margin is not None and not 0 <= says.min_margin <= 1:
        yield Problem("min_margin", "out_of_range", _("A share from 0 to 1 is needed here."))


def _basis(text: str) -> Iterator[Problem]:
    if not text:
        yield Problem("legal_basis", "required", _("This is needed here."))
    elif len(text) > LONGEST_BASIS:
        said = _("At most %(count)d characters.") % {"count": LONGEST_BASIS}
        yield Problem("legal_basis", "max_length", said)
    elif not can_be_stored(text):
        said = _("There is a character in it that cannot be stored.")
        yield Problem("legal_basis", "nul", said)
