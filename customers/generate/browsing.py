"""Product views, wishlists and carts of generated customers."""

from customers.generate.catalogue import Catalogue, cents
from customers.generate.files import ShopFiles
from customers.generate.random_numbers import Dice, table
from customers.generate.structure import Shopper
from customers.generate.timeline import DAY, Timeline

VIEWS = table((0, 35), (1, 15), (3, 20), (6, 15), (10, 10), (30, 5))
RULES = ("free-shipping", "summer", "vip 10%", "third-item-free")


def write_browsing(
    files: ShopFiles, dice: Dice, timeline: Timeline, catalogue: Catalogue, shopper: Shopper
) -> None:
    """Write product views, a wishlist and carts of `shopper`."""
    for _ in range(dice.of(VIEWS)):
        moment = timeline.busy(dice, shopper.registered, shopper.leaves)
        files.write["product_views"](
            (shopper.id, dice.popular(catalogue.products).sku, timeline.text(moment))
        )
    if dice.happens(10):
        _write_wishlist(files, dice, timeline, catalogue, shopper)
    if dice.happens(18):
        _write_cart(files, dice, timeline, catalogue, shopper, active=True)
    if shopper.orders and dice.happens(10):
        _write_cart(files, dice, timeline, catalogue, shopper, active=False)


def _write_wishlist(
    files: ShopFiles, dice: Dice, timeline: Timeline, catalogue: Catalogue, shopper: Shopper
) -> None:
    if dice.happens(70):
        files.write["wishlists"]((shopper.id, dice.of(("true", "false", "false"))))
    wished = dict.fromkeys(dice.of(catalogue.products).sku for _ in range(dice.between(1, 6)))
    for sku in wished:
        moment = timeline.busy(dice, shopper.registered, shopper.leaves)
        files.write["wishlist_items"]((shopper.id, sku, timeline.text(moment)))


def _write_cart(
    files: ShopFiles,
    dice: Dice,
    timeline: Timeline,
    catalogue: Catalogue,
    shopper: Shopper,
    *,
    active: bool,
) -> None:
    number = f"{shopper.id}-{'a' if active else 'c'}"
    created = timeline.busy(dice, shopper.registered, shopper.leaves)
    updated = created
    total = 0
    for line in range(1, dice.between(1, 4) + 1):
        product, pieces = dice.popular(catalogue.products), dice.between(1, 3)
        added = min(updated + dice.below(DAY), timeline.end)
        updated = max(updated, added)
        total += product.price * pieces
        files.write["cart_items"](
            (
                number,
                line,
                product.sku,
                pieces,
                timeline.text(added),
                "",
                product.name,
                product.kind,
                cents(product.price),
                cents(product.price * pieces),
                "",
            )
        )
    rules = "|".join(rule for rule in RULES if dice.happens(5))
    files.write["carts"](
        (
            number,
            timeline.text(created),
            timeline.text(updated),
            shopper.id,
            shopper.store,
            "true" if active else "false",
            cents(total),
            cents(total),
            "SAVE10" if dice.happens(8) else "",
            rules,
        )
    )
