"""The business rules that drop products from a list, in the order in which they are applied."""

from core.text.folding import fold
from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _is_not_sold(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether the product is gone, or is a service today."""
    return product is None or product.is_service


def _is_out_of_stock(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether the stock is known, and 0 or less."""
    return product is not None and product.stock is not None and product.stock <= 0


def _is_excluded(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether a rule of the shop or the request excludes the product."""
    return sku in at.wishes.exclude


def _is_in_context(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether the shopper looks at the product, or has it in the cart."""
    return sku in at.in_context


def _is_bought_recently(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether a personal list has a product that the customer has just bought."""
    return at.is_personal and sku in at.bought


def _is_of_other_brand(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether a rule of the shop wants other brands."""
    brands = at.wishes.brands
    return brands is not None and (product is None or fold(product.brand) not in brands)


def _is_of_other_category(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether a rule of the shop wants other categories."""
    categories = at.wishes.categories
    return categories is not None and (product is None or categories.isdisjoint(product.categories))


def _lacks_margin(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether the margin is below the shop's least one; False if it is unknown."""
    least = at.wishes.min_margin
    if least is None or product is None or product.margin is None:
        return False
    return product.margin < least


def _exceeds_category(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether the list has as many as it may of the product's first category."""
    if product is None or not product.categories:
        return False
    return at.per_category[product.categories[0]] >= at.wishes.max_per_category


def _is_duplicate(sku: str, product: Described | None, at: Situation) -> bool:
    """Return whether an earlier list of the reply has the product."""
    return sku in at.earlier


DIVERSITY = Rule("diversity", _exceeds_category)
RULES: tuple[Rule, ...] = (
    Rule("not_sold", _is_not_sold),
    Rule("out_of_stock", _is_out_of_stock),
    Rule("excluded", _is_excluded),
    Rule("in_context", _is_in_context),
    Rule("bought_recently", _is_bought_recently),
    Rule("not_in_brand", _is_of_other_brand),
    Rule("not_in_category", _is_of_other_category),
    Rule("no_margin", _lacks_margin),
    DIVERSITY,
    Rule("duplicate", _is_duplicate),
)
