"""What a rule says: all that can be written of it, as values, as JSON, and on its row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from price_rules.models import Action, CartPriceRule, CouponKind


@dataclass(frozen=True)
class Definition:
    """All of a rule but its code. `segments`, `conditions` and `items` are null or JSON."""

    name: str
    label: Mapping[str, str]
    action: str = Action.PERCENT
    description: str = ""
    is_active: bool = True
    websites: tuple[str, ...] = ()
    customer_groups: tuple[str, ...] = ()
    # Days of the cart's website, both included.
    starts_on: date | None = None
    ends_on: date | None = None
    priority: int = 0
    stop_further_rules: bool = False
    segments: Mapping[str, Any] | None = None
    conditions: Mapping[str, Any] | None = None
    items: Mapping[str, Any] | None = None
    coupon: str = CouponKind.NONE
    coupon_code: str = ""
    # 0: no limit.
    uses_total: int = 0
    uses_per_customer: int = 0
    # A percentage, or an amount in the base currency.
    value: Decimal | None = None
    # 0: all pieces of a line. Parts of a piece have up to 4 decimals.
    max_quantity: Decimal | int = 0
    buy: int | None = None
    get: int | None = None
    min_subtotal: Decimal | None = None
    max_discount: Decimal | None = None
    free_shipping: bool = False


NAMES = tuple(field.name for field in fields(Definition))
LISTS = ("websites", "customer_groups")
AMOUNTS = ("value", "min_subtotal", "max_discount")
DAYS = ("starts_on", "ends_on")


def definition_of(rule: CartPriceRule) -> Definition:
    """Return what `rule` says as it is stored."""
    values = {name: getattr(rule, name) for name in NAMES} | {"max_quantity": rule.most_pieces}
    return Definition(**(values | {name: tuple(values[name]) for name in LISTS}))


def as_json(definition: Definition) -> dict[str, Any]:
    """Return `definition` as its version row and the API have it: amounts and days as texts.

    `max_quantity` is a whole number, or a text where it has decimals.
    """
    values = asdict(definition)
    values |= {name: list(values[name]) for name in LISTS}
    values |= {name: amount_said(values[name]) for name in AMOUNTS}
    pieces = Decimal(values["max_quantity"])
    values["max_quantity"] = int(pieces) if pieces == int(pieces) else amount_said(pieces)
    values |= {name: day.isoformat() if (day := values[name]) else None for name in DAYS}
    return values


def definition_from(stored: Mapping[str, Any]) -> Definition:
    """Return the definition that a version row holds."""
    values = dict(stored)
    values |= {name: tuple(values[name]) for name in LISTS}
    values |= {name: Decimal(text) if (text := values[name]) else None for name in AMOUNTS}
    values["max_quantity"] = Decimal(values["max_quantity"])
    values |= {name: date.fromisoformat(text) if (text := values[name]) else None for name in DAYS}
    return Definition(**values)


def amount_said(amount: Decimal | None) -> str | None:
    """Return an amount without the zeros that only its column needs."""
    return None if amount is None else f"{amount.normalize():f}"
