"""The figures of values and life-style: formulas, boundaries, what is refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from customers.models import ProductAttribute, ProductAttributeValue
from personalization.lifestyle.figures import (
    FIGURES,
    BoughtLine,
    Sale,
    YearOfPurchases,
    lifestyle_of,
)
from personalization.lifestyle.purchases import lifestyles
from personalization.lifestyle.special_categories import check_settings, is_special, value_codes

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_figures_are_shares_of_counts():
    days = [date(2026, 1, 3) + 10 * n * DAY for n in range(4)] + [date(2025, 11, 30)]
    sales = [Sale(day, hour) for day, hour in zip(days, (17, 18, 23, 9, 0), strict=True)]
    lines = [
        BoughtLine(1, Decimal(30), is_new=True),
        BoughtLine(2, Decimal(10), is_new=True),
        BoughtLine(1, Decimal(20), is_new=False),
    ]
    found = lifestyle_of(YearOfPurchases(sales, lines, {"organic": frozenset({1})}))
    # Two of the days are on a weekend; gaps 34, 10, 10, 10 have the mean 16 and the deviation 12.
    assert [str(found.value(name)) for name in FIGURES] == [
        "0.4000", "0.4000", "0.6667", "0.2000", "0.5714",
    ]  # fmt: skip
    assert found.shares_of_values() == {"organic": Decimal("0.8333")}
    fewer = lifestyle_of(YearOfPurchases(sales[:4], lines, {"organic": frozenset({1})}))
    assert [fewer.value(name) for name in FIGURES] == [None] * 5
    assert fewer.shares_of_values() == {}
    one_day = lifestyle_of(YearOfPurchases([sales[0]] * 5, [], {}))
    assert (one_day.value("regularity"), one_day.value("new_product_share")) == (None, None)


@pytest.mark.django_db
def test_a_year_of_sales_by_the_website_clock_counts(doing, make_customer, settings):
    settings.VALUE_ATTRIBUTES = ["organic", "unknown"]
    organic = ProductAttribute.objects.create(code="organic", label="Organic", type="boolean")
    ProductAttributeValue.objects.create(
        product=doing.product("tea"), attribute=organic, boolean=True
    )
    customer = make_customer()
    customer.website.timezone = "Asia/Tokyo"
    customer.website.save()
    doing.order(customer, AT - 400 * DAY, ["tea"])
    # Sunday 00:30 in Tokyo is Saturday 15:30 UTC; 365 days ago still counts, 366 do not.
    for ago in (366, 365, 30, 20, 10):
        doing.order(customer, AT - ago * DAY, ["tea", "mug"], price=5)
    doing.order(customer, datetime(2026, 6, 13, 15, 30, tzinfo=UTC), ["cup"], price=10)
    doing.order(customer, AT - DAY, ["pot"], state="canceled")
    found = lifestyles([customer.pk], AT)[customer.pk]
    assert (found.orders, found.first_day) == (5, date(2025, 6, 15))
    assert found.evening_share.part == 4
    # "mug" was new 366 days ago, "cup" is new.
    assert (found.new_product_share.part, found.new_product_share.whole) == (1, 9)
    assert found.shares_of_values() == {"organic": Decimal("0.4000")}


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [
        *((one, False) for one in ("organic", "fair_trade", "vegan", "christmas", "transparent")),
        *((one, True) for one in ("religion", "is-Halal", "health_claim", "POLITICS", "lgbt")),
        *((one, True) for one in ("sexual_orientation", "isHalal", "santé", "faith_based")),
        ("home_country", True),
    ],
)
def test_special_categories_are_refused(db, settings, code, is_refused):
    settings.PROTECTED_ATTRIBUTES = ["home_country"]
    settings.VALUE_ATTRIBUTES = [code]
    assert value_codes() == ([] if is_refused else [code])
    assert [one.id for one in check_settings()] == ["personalization.E001"] * is_refused
    assert is_special(code) == (is_refused and code != "home_country")
    node = {"attribute": f"lifestyle.values.{code}", "operator": "gte", "value": "0.5"}
    tree = {"match": "all", "conditions": [node]}
    if not is_refused:
        assert parse_tree(tree).json == tree
        return
    with pytest.raises(InvalidTree) as error:
        parse_tree(tree)
    found = [(one.path, one.code) for one in error.value.problems]
    assert found == [("conditions[0].attribute", "special_category")]
