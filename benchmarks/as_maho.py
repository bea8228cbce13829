"""The named trees as the SQL to which Maho compiles such a question, on this shop's tables.

Each function follows one class of Maho_CustomerSegmentation_Model_Segment_Condition (named in its
docstring): the same sub-selects, joins and groups, with this shop's columns and indexes. Where
Maho's answer would differ, only the test itself is made the contract's, so that the counts agree:
the days are those of the customer's website, top-level lines alone count, averages are rounded,
refunds are those of sales and those without an order. Conditions that Maho does not have (several
tests of one order, a segment of segments) take the form of the most similar class. Maho selects ids
into PHP; here they are only counted.
"""

from benchmarks.trees import COUNTRIES, SKU
from core.database.fields import UNITS_PER_ONE

Sql = str


def statement(condition: Sql) -> Sql:
    """Resource/Segment.php, getMatchingCustomerIds()."""
    return (
        "SELECT count(*) FROM customers_customer e"
        f" WHERE ({condition}) AND e.is_active AND e.kind = 'registered'"
    )


def combined(*conditions: Sql, any_of: bool = False, value: bool = True) -> Sql:
    """Combine.php, getConditionsSql()."""
    sql = (" OR " if any_of else " AND ").join(f"({condition})" for condition in conditions)
    return sql if value else f"NOT ({sql})"


def static(test: Sql) -> Sql:
    """Customer/Attributes.php, getConditionsSql(): `email`, `group_id`, `store_id`."""
    return f"e.{test}"


def of_customer(test: Sql) -> Sql:
    """Customer/Attributes.php, buildAttributeCondition(): a table of values beside the customers.

    The customers' own stands in for it.
    """
    return f"e.id IN (SELECT attr.id FROM customers_customer attr WHERE attr.{test})"


def address(test: Sql) -> Sql:
    """Customer/Address.php, buildAddressAttributeCondition()."""
    return (
        "e.id IN (SELECT ca.customer_id FROM customers_address ca WHERE ca.id IN"
        f" (SELECT attr.id FROM customers_address attr WHERE attr.{test}))"
    )


_OF_SALES = "c.id = o.customer_id AND o.state NOT IN ('canceled', 'closed')"


def lifetime(figure: Sql, test: Sql, orders: Sql = _OF_SALES, *, beside: Sql = "") -> Sql:
    """Customer/Clv.php, getSubfilterSql(): `lifetime_sales` and its like.

    `orders` says which are joined, `beside` what else is.
    """
    return (
        "e.id IN (SELECT clv.customer_id FROM (SELECT c.id AS customer_id,"
        f" {figure} AS total FROM customers_customer c {beside}"
        f" LEFT JOIN customers_order o ON {orders} GROUP BY c.id) clv WHERE clv.total {test})"
    )


def profit(test: Sql) -> Sql:
    """Customer/Clv.php, getSubfilterSql(): `lifetime_profit`."""
    return (
        "e.id IN (SELECT clv.customer_id FROM (SELECT sales.customer_id,"
        " COALESCE(sales.amount, 0) - COALESCE(refunds.amount, 0) AS total FROM"
        " (SELECT o.customer_id, SUM(o.grand_total) AS amount FROM customers_order o"
        " WHERE o.customer_id IS NOT NULL AND o.state NOT IN ('canceled', 'closed')"
        " GROUP BY o.customer_id) sales LEFT JOIN"
        " (SELECT c.customer_id, SUM(c.amount) AS amount FROM customers_refund c"
        " LEFT JOIN customers_order o ON c.order_id = o.id WHERE c.customer_id IS NOT NULL"
        " AND (o.id IS NULL OR o.state NOT IN ('canceled', 'closed')) GROUP BY c.customer_id)"
        f" refunds ON sales.customer_id = refunds.customer_id) clv WHERE clv.total {test})"
    )


def days_since_last_order(test: Sql) -> Sql:
    """Customer/Timebased.php, getSubfilterSql(): `days_since_last_order`.

    The days of a customer's website want a join that Maho, with the days of UTC, goes without.
    """
    days = (
        "(%(as_of)s AT TIME ZONE w.timezone)::date - (MAX(o.created_at) AT TIME ZONE w.timezone)"
        "::date"
    )
    return (
        f"e.id IN (SELECT timedata.customer_id FROM (SELECT o.customer_id, {days} AS days"
        " FROM customers_order o JOIN customers_customer c ON c.id = o.customer_id"
        " JOIN customers_website w ON w.id = c.website_id WHERE o.customer_id IS NOT NULL"
        " AND o.state NOT IN ('canceled') GROUP BY o.customer_id, w.timezone"
        f" HAVING {days} {test}) timedata)"
    )


def order(test: Sql, days: int) -> Sql:
    """Order/Attributes.php, buildOrderFieldCondition(), of orders of the last `days` days."""
    return (
        "e.id IN (SELECT o.customer_id FROM customers_order o"
        f" JOIN customers_customer c ON c.id = o.customer_id JOIN {since(days)}"
        f" ON d.website_id = c.website_id WHERE o.customer_id IS NOT NULL AND {test}"
        " AND o.created_at >= d.low AND o.created_at < d.high)"
    )


def since(days: int) -> Sql:
    """Return each website's first instant of the day `days` days ago, and that of tomorrow."""
    day = "((%(as_of)s AT TIME ZONE timezone)::date {})::timestamp AT TIME ZONE timezone"
    low, high = day.format(f"- {days}"), day.format("+ 1")
    return (
        f"(SELECT id AS website_id, {low} AS low, {high} AS high FROM customers_website OFFSET 0) d"
    )


def bought(begins: str) -> Sql:
    """Order/Items.php, buildProductAttributeCondition(): a static attribute of the product."""
    return (
        "e.id IN (SELECT o.customer_id FROM customers_orderitem oi"
        " JOIN customers_order o ON oi.order_id = o.id"
        " JOIN customers_product p ON oi.product_id = p.id"
        " WHERE o.customer_id IS NOT NULL AND o.state NOT IN ('canceled')"
        f" AND oi.parent_id IS NULL AND p.sku_folded LIKE '{begins.lower()}%%')"
    )


def category() -> Sql:
    """Product/Categories.php, buildCategoryPurchaseCondition()."""
    return (
        "e.id IN (SELECT o.customer_id FROM customers_order o"
        " JOIN customers_orderitem oi ON o.id = oi.order_id"
        " JOIN customers_productcategory ccp ON oi.product_id = ccp.product_id"
        " WHERE o.customer_id IS NOT NULL AND o.state NOT IN ('canceled') AND oi.parent_id IS NULL"
        " AND ccp.category_id = ANY(%(categories)s) GROUP BY o.customer_id)"
    )


def cart(test: Sql) -> Sql:
    """Cart/Attributes.php, buildCartFieldCondition()."""
    return (
        "e.id IN (SELECT q.customer_id FROM customers_cart q"
        f" WHERE q.customer_id IS NOT NULL AND q.is_active AND q.{test})"
    )


def viewed(test: Sql) -> Sql:
    """Product/Viewed.php, buildViewCountCondition()."""
    return (
        "e.id IN (SELECT rv.customer_id FROM customers_productview rv"
        f" WHERE rv.customer_id IS NOT NULL GROUP BY rv.customer_id HAVING COUNT(*) {test})"
    )


def sales(test: Sql) -> Sql:
    return lifetime("COALESCE(SUM(o.grand_total), 0)", test)


def number_of_orders(test: Sql) -> Sql:
    return lifetime("COUNT(o.id)", test)


MALE = of_customer("gender = 'male'")
AT_EXAMPLE = static("email_folded LIKE '%%@example.com'")
SPENT = sales(f">= {500 * UNITS_PER_ONE}")
ORDERED = number_of_orders(">= 3")
USUALLY = lifetime("COALESCE(ROUND(AVG(o.grand_total)), 0)", f">= {200 * UNITS_PER_ONE}")
SAME_ORDER = order(f"o.grand_total >= {300 * UNITS_PER_ONE}", 30)
IN_90_DAYS = lifetime(
    "COUNT(o.id)",
    ">= 3",
    f"{_OF_SALES} AND o.grand_total >= {100 * UNITS_PER_ONE}"
    " AND o.created_at >= d.low AND o.created_at < d.high",
    beside=f"JOIN {since(90)} ON d.website_id = c.website_id",
)

CONDITIONS = {
    "simple field": MALE,
    "email domain": AT_EXAMPLE,
    "lifetime sales": SPENT,
    "number of orders": ORDERED,
    "average order value": USUALLY,
    "profit": profit(f">= {500 * UNITS_PER_ONE}"),
    "three figures under all": combined(SPENT, ORDERED, USUALLY),
    "four in one country": combined(SPENT, ORDERED, USUALLY, address("country_folded = 'de'")),
    "days since last order": days_since_last_order(">= 90"),
    "3 sales in 90 days of 100 or more": IN_90_DAYS,
    "same order": SAME_ORDER,
    "product bought": bought(SKU),
    "never bought": combined(bought(SKU), any_of=True, value=False),
    "category": category(),
    "cart idle": cart("updated_at < %(as_of)s - interval '24 hours'"),
    "viewed, not bought": combined(
        viewed(">= 1"), lifetime("COUNT(o.id)", "= 0", "c.id = o.customer_id")
    ),
    "segment of segments": combined(SPENT, combined(SAME_ORDER, value=False)),
    "none of two": combined(SPENT, MALE, any_of=True, value=False),
    "any of three": combined(
        SPENT, days_since_last_order("<= 30"), number_of_orders(">= 5"), any_of=True
    ),
    "30 leaves, mixed": combined(
        *(
            combined(
                sales(f">= {200 * part * UNITS_PER_ONE}"),
                number_of_orders(f">= {part}"),
                AT_EXAMPLE,
                address(f"country_folded = '{country.lower()}'"),
                order("o.state NOT IN ('canceled', 'closed')", 60 * part),
                bought(f"WOM-0000{part}"),
            )
            for part, country in enumerate(COUNTRIES, 1)
        ),
        any_of=True,
    ),
}
AS_MAHO = {name: statement(condition) for name, condition in CONDITIONS.items()}
