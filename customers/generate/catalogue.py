"""The generated shop's categories and products."""

from dataclasses import dataclass

from customers.generate.files import ShopFiles
from customers.generate.random_numbers import Dice
from customers.generate.structure import COLOURS

# code, name, parent, and the goods of the category.
CATEGORIES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("women", "Women", "", ()),
    ("women-dresses", "Dresses", "women", ("Dress", "Maxi dress")),
    ("women-tops", "Tops", "women", ("Blouse", "T-shirt", "Jumper")),
    ("men", "Men", "", ()),
    ("men-shirts", "Shirts", "men", ("Shirt", "Polo")),
    ("men-trousers", "Trousers", "men", ("Jeans", "Chinos")),
    ("shoes", "Shoes", "", ()),
    ("sneakers", "Sneakers", "shoes", ("Sneaker",)),
    ("running", "Running shoes", "sneakers", ("Running shoe",)),
    ("boots", "Boots", "shoes", ("Boot", "Rain boot")),
    ("sandals", "Sandals", "shoes", ("Sandal",)),
    ("home", "Home & living", "", ()),
    ("kitchen", "Kitchen", "home", ("Mug", "Pan", "Cake stand")),
    ("coffee", "Coffee", "kitchen", ("Espresso cup", "Coffee grinder")),
    ("lighting", "Lighting", "home", ("Lamp", "Lantern")),
    ("toys", "Toys", "", ("Puzzle", "Teddy bear")),
    ("gifts", "Gifts", "", ("Gift card",)),
    ("sale", "Sale", "", ()),
)
BRANDS = ("Acme", "Bergfrøy", "O'Neill & Söhne", "Zażółć", "100% Linen", "under_score", "")
WORDS = ("classic", "“vintage”", "50% wool", "city", "Nº 5", 'the "real"', "mini", "XL", "café")


@dataclass(frozen=True)
class Product:
    """A product on sale; the price is in cents of the base currency."""

    sku: str
    name: str
    kind: str
    price: int


class Catalogue:
    """The products, the best-selling ones first, and the parts that bundles consist of."""

    def __init__(self, dice: Dice, customers: int) -> None:
        self.products: list[Product] = []
        self.rows: list[tuple[str, ...]] = []
        leaves = [(code, names) for code, _name, _parent, names in CATEGORIES if names]
        for number in range(1, min(2_000, max(300, customers // 50)) + 1):
            category, names = leaves[number % len(leaves)]
            colour, brand = dice.of(COLOURS), dice.of(BRANDS)
            name = f"{dice.of(names)} {dice.of(WORDS)} {colour}"
            kind = "bundle" if dice.happens(4) else "simple"
            # Many cheap products, few dear ones.
            chance = dice.random()
            price = 495 + int(chance * chance * chance * chance * 400) * 100
            product = Product(f"{category[:3].upper()}-{number:05}", name, kind, price)
            self.products.append(product)
            categories = f"{category}|sale" if dice.happens(15) else category
            weight = f"{dice.between(1, 99)}.{dice.below(1000):03}" if dice.happens(90) else ""
            sustainable = ("true", "false", "")[dice.below(3)]
            self.rows.append(
                (
                    product.sku,
                    name,
                    kind,
                    cents(price),
                    categories,
                    brand,
                    colour,
                    weight,
                    sustainable,
                )
            )
        self.wrapping = Product("GIFT-WRAP", "Gift wrapping", "service", 350)
        self.rows.append(("GIFT-WRAP", "Gift wrapping", "service", "3.50", "", "", "", "", ""))


def write_catalogue(files: ShopFiles, catalogue: Catalogue) -> None:
    """Write categories and products."""
    for code, name, parent, _names in CATEGORIES:
        files.write["categories"]((code, name, parent))
    for row in catalogue.rows:
        files.write["products"](row)


def cents(amount: int) -> str:
    """Return an amount of cents as a number with two decimals."""
    return f"{amount // 100}.{amount % 100:02}"
