"""A cart that is not stored, as a till sends it: columns of `carts.csv` and its `items`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.language.types import DATETIME_SPELLING, text_of
from core.database.fields import AMOUNT_LIMIT, rounded
from core.problems import Problem
from core.text.exact_numbers import BadValue, number_of
from core.text.formats import quote_value
from customers.models import Cart, CartItem, Product, Store
from customers.models.shop import DEFAULT_STORE

# A customer waits at the till for the answer, and others queue behind.
MOST_LINES = 1_000


@dataclass(frozen=True)
class GivenCart:
    """A cart with its lines (none of them saved) and the codes of its price rules."""

    cart: Cart
    items: list[CartItem]
    rules: frozenset[str]


def given_cart(raw: Mapping[str, Any] | GivenCart, *, as_of: datetime) -> GivenCart:
    """Return the cart that `raw` describes; amounts are in the base currency.

    Missing times are `as_of`, missing figures come from the top-level lines; `is_active` is
    ignored. Raises `InvalidTree` with a path such as `cart.items[0].quantity` for every error.
    """
    if isinstance(raw, GivenCart):
        return raw
    if not isinstance(raw, Mapping):
        raise InvalidTree([Problem("cart", "not_a_cart", _("A cart is an object."))])
    problems: list[Problem] = []
    row = _Row(raw, "cart", as_of, problems)
    row.only(
        "id customer store is_active created_at updated_at items_count items_quantity subtotal "
        "grand_total coupon_code applied_rules items"
    )
    created_at = row.time("created_at", as_of)
    cart = Cart(
        external_id=row.text("id"),
        store=row.store(),
        is_active=True,
        created_at=created_at,
        updated_at=row.time("updated_at", created_at),
        coupon_code=row.text("coupon_code"),
        subtotal=row.number("subtotal"),
        grand_total=row.number("grand_total"),
    )
    items = _items(raw.get("items"), cart, as_of, problems)
    top = [item for item in items if item.parent is None]
    count, quantity = row.number("items_count"), row.number("items_quantity")
    if count is not None and (count != int(count) or count < 0):
        problems.append(
            Problem("cart.items_count", "not_a_whole_number", _("A whole number is needed here."))
        )
    rules = row.codes("applied_rules")
    if problems:
        raise InvalidTree(problems)
    cart.items_count = len(top) if count is None else int(count)
    if quantity is None:
        quantity = row.within("items_quantity", sum((item.quantity for item in top), Decimal(0)))
    cart.items_quantity = quantity
    if cart.subtotal is None:
        total = sum((item.row_total or Decimal(0) for item in top), Decimal(0))
        cart.subtotal = row.within("subtotal", total)
    if problems:
        raise InvalidTree(problems)
    return GivenCart(cart, items, rules)


def _items(raw: Any, cart: Cart, as_of: datetime, problems: list[Problem]) -> list[CartItem]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        problems.append(Problem("cart.items", "not_a_list", _("“items” is a list of lines.")))
        return []
    if len(raw) > MOST_LINES:
        message = _("A cart has at most %(most)s lines.") % {"most": f"{MOST_LINES:,}"}
        problems.append(Problem("cart.items", "too_long", message))
        return []
    rows = [
        _Row(one if isinstance(one, Mapping) else {}, f"cart.items[{index}]", as_of, problems)
        for index, one in enumerate(raw)
    ]
    skus = [row.text("sku", needed=True) for row in rows]
    products = {product.sku: product for product in Product.objects.filter(sku__in=skus)}
    items: dict[str, CartItem] = {}
    parents: list[tuple[CartItem, str, str]] = []
    for index, (row, sku) in enumerate(zip(rows, skus, strict=True)):
        item = _item(row, cart, sku, products.get(sku))
        line = row.text("line") or str(index + 1)
        if line in items:
            problems.append(
                Problem(f"{row.path}.line", "repeated_key", _("The line stands twice in the cart."))
            )
        items[line] = item
        if row.text("parent_line"):
            parents.append((item, row.text("parent_line"), row.path))
    for item, line, path in parents:
        if line not in items:
            problems.append(
                Problem(f"{path}.parent_line", "unknown_line", _("There is no such line."))
            )
        else:
            item.parent = items[line]
    for item, _line, path in parents:
        if _is_below_itself(item):
            message = _("The line is below itself: it would be in no total.")
            problems.append(Problem(f"{path}.parent_line", "line_cycle", message))
    return list(items.values())


def _is_below_itself(item: CartItem) -> bool:
    above, seen = item.parent, {id(item)}
    while above is not None and id(above) not in seen:
        seen.add(id(above))
        above = above.parent
    return above is not None


def _item(row: _Row, cart: Cart, sku: str, product: Product | None) -> CartItem:
    row.only(
        "cart line parent_line sku name product_type quantity price row_total added_at updated_at"
    )
    quantity, price = row.number("quantity", needed=True), row.number("price")
    total = row.number("row_total")
    if total is None and price is not None and quantity is not None:
        total = row.within("price", rounded(quantity * price))
    added_at = row.time("added_at", row.as_of)
    return CartItem(
        cart=cart,
        product=product,
        sku=sku,
        name=row.text("name") or (product.name if product else sku),
        product_type=row.text("product_type") or (product.product_type if product else "simple"),
        quantity=quantity,
        price=price,
        row_total=total,
        added_at=added_at,
        updated_at=row.time("updated_at", added_at),
    )


@dataclass(frozen=True)
class _Row:
    """One object of the cart; readers report to `problems` and go on."""

    raw: Mapping[str, Any]
    path: str
    as_of: datetime
    problems: list[Problem] = field(default_factory=list)

    def only(self, columns: str) -> None:
        for key in self.raw:
            if key not in columns.split():
                self._problem(
                    str(key), "unknown_key", _("“%(key)s” is not a column here.") % {"key": key}
                )

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self.raw.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # identifiers such as line numbers
        if not needed and (value is None or value == ""):
            return ""
        return self._read(key, text_of, value) or ""

    def number(self, key: str, *, needed: bool = False) -> Decimal | None:
        value = self.raw.get(key)
        if not needed and (value is None or value == ""):
            return None
        number: Decimal | None = self._read(key, _amount_of, value)
        return number

    def within(self, key: str, amount: Decimal) -> Decimal | None:
        """Return the amount computed from `key`, unless it is too large to be stored."""
        found: Decimal | None = self._read(key, _amount_of, amount)
        return found

    def time(self, key: str, default: datetime) -> datetime:
        value = self.raw.get(key)
        if value is None or value == "":
            return default
        return self._read(key, _time_of, value) or default

    def codes(self, key: str) -> frozenset[str]:
        value = self.raw.get(key)
        if value is None or value == "":
            return frozenset()
        values = value.split("|") if isinstance(value, str) else value
        if not isinstance(values, list):
            self._problem(key, "not_a_list", _("A list of codes is needed here."))
            return frozenset()
        return frozenset(self._read(key, text_of, str(one)) or "" for one in values)

    def store(self) -> Store:
        code = self.text("store") or DEFAULT_STORE
        found = Store.objects.select_related("website").filter(code=code).first()
        if found is None:
            self._problem(
                "store", "unknown_choice", _("There is no store “%(code)s”.") % {"code": code}
            )
            return Store()
        return found

    def _read(self, key: str, reader: Callable[[Any], Any], value: Any) -> Any:
        try:
            return reader(value)
        except BadValue as error:
            self._problem(key, error.code, error.message)
            return None

    def _problem(self, key: str, code: str, message: str) -> None:
        self.problems.append(Problem(f"{self.path}.{key}", code, message))


def _amount_of(value: Any) -> Decimal:
    number = number_of(value)
    if abs(number) > AMOUNT_LIMIT:
        raise BadValue("out_of_range", _("The number must lie within ±1,000,000,000."))
    return number


def _time_of(value: Any) -> datetime:
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, str) and DATETIME_SPELLING.fullmatch(value):
        try:
            found = datetime.fromisoformat(value)
        except ValueError as error:
            raise BadValue("not_a_time", _("That is not in the calendar.")) from error
    else:
        raise BadValue(
            "not_a_time",
            _("%(value)s is not a time: write it like 2026-04-10T12:00:00Z.")
            % {"value": quote_value(value)},
        )
    return found if found.tzinfo else found.replace(tzinfo=UTC)
