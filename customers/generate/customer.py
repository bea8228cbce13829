"""One generated customer with everything that they did."""

from customers.generate.browsing import write_browsing
from customers.generate.catalogue import Catalogue
from customers.generate.files import ShopFiles
from customers.generate.orders import write_orders
from customers.generate.random_numbers import Dice, table
from customers.generate.structure import COLOURS, GROUPS, LEVELS, MARKETS, Shopper
from customers.generate.timeline import DAY, Timeline

FIRST_NAMES = (
    *("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Hugo", "Ida", "James", "Lena"),
    *("Maria", "Noah", "Olivia", "Paul", "Sophie", "Thomas", "William", "Zoë", "José", "Siân"),
    *("Łukasz", "Σωκράτης", "Иван", "李", "محمد", "שרה", "İpek", "Mary-Jane", "D’Arcy", "Jean Luc"),
)
LAST_NAMES = (
    *("Miller", "Schmidt", "Smith", "Martin", "Brown", "Weber", "Wilson", "García", "Rossi"),
    *("O'Brien", "Weiß", "Strauß", "Nowak", "Łaski", "Åström", "van der Berg", "Null", "Test"),
    *("de la Cruz", "Müller-Lüdenscheidt", 'Bobby "Tables"', "100% Fan", "Under_Score", "Ok 🙂"),
    *("Παπαδόπουλος", "Иванов", "王", "الأحمد", "כהן", "Back\\slash", "Comma, Jr.", "NICE", "nice"),
)
DOMAINS = ("example.com", "example.org", "Example.NET", "mail.example", "shop.example")
GENDERS = table(("female", 46), ("male", 40), ("other", 2), ("", 12))
TAGS = ("newsletter-2024", "influencer", "complained", "staff", "loves, commas", "Ünïcode", "b2b")
COMPANIES = ("Acme GmbH & Co. KG", "O'Reilly Ltd.", "Ærø ApS", '"Quoted" Inc.', "50% AG")
STREETS = ("Main Street", "Hauptstraße", "Rue de l'Église", "Karl-Marx-Allee", "Wall St", "5th Ave")

# How many orders a customer places: three on average, none for many, dozens for a few.
ORDERS = table(
    *((0, 282), (1, 241), (2, 130), (3, 90), (4, 60), (5, 45), (6, 35), (8, 40), (10, 30)),
    *((15, 25), (20, 13), (30, 7), (50, 2)),
)
STATUSES = table(("subscribed", 70), ("unsubscribed", 18), ("not_active", 5), ("unconfirmed", 7))
SIZES = ("36", "37.5", "38", "39", "40", "41", "42.5", "44", "47")


def write_customer(
    files: ShopFiles, dice: Dice, timeline: Timeline, catalogue: Catalogue, number: int
) -> None:
    """Write customer `number` (from 1) and the customer's activity to `files`."""
    guest = dice.happens(8)
    market = dice.of(MARKETS)
    registered = timeline.busy(dice, timeline.start, timeline.end)
    leaves = timeline.end
    if dice.happens(45):
        leaves = registered + dice.below(timeline.end - registered + 1)
    shopper = Shopper(
        id=f"guest-{number:x}{dice.below(1 << 32):08x}" if guest else str(100_000 + number),
        market=market,
        store=dice.popular(market.stores),
        place=dice.popular(market.places),
        group="general" if guest else dice.of(GROUPS),
        registered=registered,
        leaves=leaves,
        orders=dice.below(2) if guest else dice.of(ORDERS),
    )
    first_name, last_name = dice.popular(FIRST_NAMES), dice.popular(LAST_NAMES)
    _write_master_data(files, dice, timeline, shopper, (first_name, last_name), guest)
    if shopper.orders or dice.happens(20):
        _write_addresses(files, dice, shopper, (first_name, last_name))
    if not guest:
        _write_subscriptions(files, dice, timeline, shopper)
        for _ in range(dice.below(9)):
            moment = timeline.busy(dice, registered, leaves)
            files.write["logins"]((shopper.id, timeline.text(moment)))
    write_orders(files, dice, timeline, catalogue, shopper, number)
    write_browsing(files, dice, timeline, catalogue, shopper)


def _write_master_data(
    files: ShopFiles,
    dice: Dice,
    timeline: Timeline,
    shopper: Shopper,
    name: tuple[str, str],
    guest: bool,
) -> None:
    email = birthday = ""
    if not guest or dice.happens(70):
        email = f"{'c' if dice.happens(90) else 'Customer.'}{shopper.id}@{dice.popular(DOMAINS)}"
    if not guest and dice.happens(70):
        birthday = _birthday(dice)
    tags = [tag for tag in TAGS if dice.happens(2)]
    has_level, has_size = not guest and dice.happens(60), dice.happens(30)
    business = shopper.group in ("wholesale", "retailer")
    files.write["customers"](
        (
            shopper.id,
            email,
            *(("", "") if guest and not email else name),
            dice.of(GENDERS) if not guest else "",
            birthday,
            shopper.group,
            shopper.market.website,
            shopper.store,
            timeline.text(shopper.registered),
            "false" if dice.happens(2) else "true",
            "guest" if guest else "registered",
            "|".join(tags),
            dice.of(("true", "true", "false", "")),
            dice.popular(LEVELS) if has_level else "",
            dice.of(COLOURS) if dice.happens(25) else "",
            dice.of(SIZES) if has_size else "",
            timeline.date(shopper.registered // DAY) if has_level else "",
            "true" if business else dice.of(("false", "", "")),
        )
    )


def _birthday(dice: Dice) -> str:
    if dice.happens(0.3):
        return f"{dice.between(485, 501) * 4}-02-29"
    return f"{dice.between(1940, 2007)}-{dice.between(1, 12):02}-{dice.between(1, 28):02}"


def _write_addresses(files: ShopFiles, dice: Dice, shopper: Shopper, name: tuple[str, str]) -> None:
    several = dice.happens(15)
    company = dice.of(COMPANIES) if shopper.group != "general" and dice.happens(60) else ""
    for nth in range(2 if several else 1):
        place = shopper.place if nth == 0 else dice.of(shopper.market.places)
        files.write["addresses"](
            (
                shopper.id,
                *name,
                company,
                f"{dice.between(1, 199)} {dice.of(STREETS)}",
                place.city,
                place.region,
                place.region_code,
                place.postcode,
                place.country,
                f"+{dice.between(100_000_000, 999_999_999)}" if dice.happens(50) else "",
                "true" if nth == 0 else "false",
                "true" if several == bool(nth) else "false",
            )
        )


def _write_subscriptions(
    files: ShopFiles, dice: Dice, timeline: Timeline, shopper: Shopper
) -> None:
    if not dice.happens(45):
        return
    for store in shopper.market.stores if dice.happens(10) else (shopper.store,):
        moment = timeline.busy(dice, shopper.registered, timeline.end)
        files.write["newsletter_subscriptions"](
            (shopper.id, dice.of(STATUSES), timeline.text(moment), store)
        )
