"""A generated customer's orders and refunds, with their lines."""

from customers.generate.catalogue import Catalogue, Product, cents
from customers.generate.files import ShopFiles
from customers.generate.random_numbers import Dice, table
from customers.generate.structure import Place, Shopper
from customers.generate.timeline import DAY, Timeline

LINES = table((1, 36), (2, 26), (3, 17), (4, 10), (5, 6), (6, 3), (8, 2))
QUANTITIES = table((1, 74), (2, 15), (3, 6), (4, 3), (6, 2))
STATES = table(
    *(("complete", 870), ("processing", 25), ("canceled", 50), ("closed", 40), ("holded", 8)),
    *(("payment_review", 7),),
)
YOUNG_STATES = table(("new", 30), ("pending_payment", 15), ("processing", 50), ("complete", 5))
STATUSES = {"complete": ("complete", "delivered", "shipped"), "processing": ("processing", "fraud")}
PAYMENTS = table(("paypal", 40), ("card", 35), ("invoice", 15), ("Banküberweisung", 10))
SHIPPINGS = table(
    ("flatrate", 60), ("express", 15), ("pickup_store", 15), ("freight: 100% CO₂", 10)
)
COUPONS = ("SAVE10", "WELCOME", "sommer_2025", "10%OFF", "Blackfriday")
COUNTED_FROM = 1_000_000_000


def write_orders(
    files: ShopFiles,
    dice: Dice,
    timeline: Timeline,
    catalogue: Catalogue,
    shopper: Shopper,
    customer: int,
) -> None:
    """Write the orders and refunds of `shopper`, the `customer`-th customer of the shop."""
    for nth in range(shopper.orders):
        moment = timeline.busy(dice, shopper.registered, shopper.leaves)
        number = str(COUNTED_FROM + customer * 100 + nth)
        _write_order(files, dice, timeline, catalogue, shopper, number, moment)
    if dice.happens(0.6):
        # Goodwill that names no order.
        moment = timeline.busy(dice, shopper.registered, timeline.end)
        number = f"G{customer}"
        files.write["refunds"](
            (number, timeline.text(moment), cents(dice.between(500, 5_000)), "", shopper.id)
        )
    if dice.happens(1):
        # An order over the counter, whose customer is unknown.
        moment = timeline.busy(dice, timeline.start, timeline.end)
        number = f"COUNTER-{customer}"
        _write_order(files, dice, timeline, catalogue, shopper, number, moment, anonymous=True)


def _write_order(
    files: ShopFiles,
    dice: Dice,
    timeline: Timeline,
    catalogue: Catalogue,
    shopper: Shopper,
    number: str,
    moment: int,
    *,
    anonymous: bool = False,
) -> None:
    market, place = shopper.market, shopper.place
    bulk = 10 if shopper.group == "wholesale" else 1
    subtotal = quantity = line = 0
    bought: list[tuple[Product, int, int]] = []
    write_line = files.write["order_items"]
    for _ in range(dice.of(LINES)):
        product, pieces = dice.popular(catalogue.products), dice.of(QUANTITIES) * bulk
        price = (product.price * market.rate + 5_000) // 10_000
        line += 1
        _write_line(write_line, number, line, "", product, pieces, price)
        bought.append((product, pieces, price * pieces))
        subtotal += price * pieces
        quantity += pieces
        if product.kind == "bundle":
            top = line
            for _part in range(2):
                line += 1
                part = dice.of(catalogue.products)
                _write_line(write_line, number, line, top, part, pieces, 0)
    if dice.happens(2):
        product = catalogue.wrapping
        price = (product.price * market.rate + 5_000) // 10_000
        _write_line(write_line, number, line + 1, "", product, 1, price)
        subtotal += price
        quantity += 1
    coupon = dice.popular(COUPONS) if dice.happens(12) else ""
    discount = subtotal // 10 if coupon else 0
    shipping = 0 if subtotal > 10_000 else 495
    total = subtotal - discount + shipping
    young = timeline.end - moment < 3 * DAY
    state = dice.of(YOUNG_STATES if young else STATES)
    updated = min(moment + dice.below(6 * DAY), timeline.end)
    ship_to: Place = dice.of(market.places) if dice.happens(8) else place
    files.write["orders"](
        (
            number,
            state,
            timeline.text(moment),
            cents(total),
            "" if anonymous else shopper.id,
            shopper.store,
            dice.of(STATUSES[state]) if state in STATUSES else "",
            timeline.text(updated),
            market.currency,
            f"{market.rate // 10_000}.{market.rate % 10_000:04}",
            quantity,
            cents(subtotal),
            cents(total * 19 // 119),
            cents(shipping),
            # Some shops write discounts as negative amounts.
            f"-{cents(discount)}" if discount and market.currency == "USD" else cents(discount),
            dice.of(PAYMENTS),
            dice.of(SHIPPINGS),
            coupon,
            *(ship_to.country, ship_to.region, ship_to.city, ship_to.postcode),
            *(place.country, place.region, place.city, place.postcode),
        )
    )
    if state == "closed" or (state == "complete" and dice.happens(4)):
        back = bought if state == "closed" else bought[:1]
        amount = total if state == "closed" else back[0][2]
        _write_refund(files, dice, timeline, number, updated, amount, back)


def _write_line(
    write: object,
    number: str,
    line: int,
    parent: int | str,
    product: Product,
    pieces: int,
    price: int,
) -> None:
    write(  # type: ignore[operator]
        (
            number,
            line,
            product.sku,
            pieces,
            parent,
            product.name,
            product.kind,
            cents(price),
            cents(price * pieces),
            "",
        )
    )


def _write_refund(
    files: ShopFiles,
    dice: Dice,
    timeline: Timeline,
    order: str,
    after: int,
    amount: int,
    back: list[tuple[Product, int, int]],
) -> None:
    moment = min(after + dice.below(20 * DAY), timeline.end)
    number = f"R{order}"
    files.write["refunds"]((number, timeline.text(moment), cents(amount), order, ""))
    for line, (product, pieces, total) in enumerate(back, 1):
        files.write["refund_items"](
            (number, line, product.sku, pieces, cents(total), product.name, product.kind)
        )
