"""The generated shop's websites, stores, groups, and the definitions of its attributes."""

from dataclasses import dataclass

from customers.generate.files import ShopFiles
from customers.generate.random_numbers import table


@dataclass(frozen=True)
class Place:
    """A city with what an address there says."""

    city: str
    region: str
    region_code: str
    postcode: str
    country: str


@dataclass(frozen=True)
class Market:
    """A website with its stores, its money and where its customers live."""

    website: str
    name: str
    timezone: str
    stores: tuple[str, ...]
    currency: str
    # Of the base currency, in units of 1/10,000.
    rate: int
    places: tuple[Place, ...]


HOME = Market(
    "default",
    "",
    "UTC",
    ("default",),
    "EUR",
    10_000,
    (
        Place("Paris", "Île-de-France", "IDF", "75011", "FR"),
        Place("Lyon", "Auvergne-Rhône-Alpes", "ARA", "69002", "FR"),
        Place("Łódź", "Łódzkie", "LD", "90-001", "PL"),
        Place("İzmir", "Ege", "35", "35210", "TR"),
        Place("תל אביב", "", "", "6100000", "IL"),
    ),
)
GERMANY = Market(
    "de",
    "Deutschland",
    "Europe/Berlin",
    ("de_de", "de_at"),
    "EUR",
    10_000,
    (
        Place("Berlin", "Berlin", "BE", "10115", "DE"),
        Place("München", "Bayern", "BY", "80331", "DE"),
        Place("Gießen", "Hessen", "HE", "35390", "DE"),
        Place("Köln", "Nordrhein-Westfalen", "NW", "50667", "DE"),
        Place("Wien", "Wien", "9", "1010", "AT"),
        Place("Graz", "Steiermark", "6", "8010", "AT"),
    ),
)
BRITAIN = Market(
    "uk",
    "United Kingdom",
    "Europe/London",
    ("uk_en",),
    "GBP",
    8_600,
    (
        Place("London", "England", "ENG", "SW1A 1AA", "GB"),
        Place("Edinburgh", "Scotland", "SCT", "EH1 1YZ", "GB"),
        Place("King's Lynn", "England", "ENG", "PE30 1ET", "GB"),
    ),
)
AMERICA = Market(
    "us",
    "United States",
    "America/New_York",
    ("us_en", "us_es"),
    "USD",
    10_843,
    (
        Place("New York", "New York", "NY", "10001", "US"),
        Place("Coeur d'Alene", "Idaho", "ID", "83814", "US"),
        Place("San José", "California", "CA", "95101", "US"),
        Place("Austin", "Texas", "TX", "73301", "US"),
    ),
)
AUSTRALIA = Market(
    "au",
    "Australia",
    "Australia/Sydney",
    ("au_en",),
    "AUD",
    16_517,
    (
        Place("Sydney", "New South Wales", "NSW", "2000", "AU"),
        Place("Melbourne", "Victoria", "VIC", "3000", "AU"),
        Place("Perth", "Western Australia", "WA", "6000", "AU"),
    ),
)
MARKETS = table((HOME, 30), (GERMANY, 30), (BRITAIN, 12), (AMERICA, 20), (AUSTRALIA, 8))
GROUPS = table(("general", 82), ("retailer", 6), ("wholesale", 5), ("vip", 7))
LEVELS = ("bronze", "silver", "gold", "platinum")
COLOURS = ("black", "white", "red", "blue", "green", "yellow", "grey", "petrol")


def write_structure(files: ShopFiles) -> None:
    """Write the websites, stores, customer groups and declared attributes of a generated shop.

    The rows of its products and customers refer to them.
    """
    for market in (GERMANY, BRITAIN, AMERICA, AUSTRALIA):
        files.write["websites"]((market.website, market.name, market.timezone))
        for store in market.stores:
            name = f"{market.name} ({store.partition('_')[2]})"
            files.write["stores"]((store, name, market.website))
    for code, name in (
        ("general", "General"),
        ("wholesale", "Wholesale"),
        ("vip", "VIP"),
        ("retailer", "Retailer"),
    ):
        files.write["customer_groups"]((code, name))
    for row in (
        ("loyalty_level", "Loyalty level", "choice", "|".join(LEVELS)),
        ("favourite_colour", "Favourite colour", "text", ""),
        ("shoe_size", "Shoe size", "number", ""),
        ("member_since", "Member since", "date", ""),
        ("is_business", "Is a business", "boolean", ""),
    ):
        files.write["customer_attributes"](row)
    for row in (
        ("brand", "Brand", "text", ""),
        ("colour", "Colour", "choice", "|".join(COLOURS)),
        ("weight", "Weight in kg", "number", ""),
        ("sustainable", "Sustainable", "boolean", ""),
    ):
        files.write["product_attributes"](row)


@dataclass(frozen=True)
class Shopper:
    """A generated customer, as the writers of orders, carts and views need it."""

    id: str
    market: Market
    store: str
    place: Place
    group: str
    registered: int
    # The last moment at which the customer was interested in the shop.
    leaves: int
    orders: int
