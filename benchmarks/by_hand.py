"""The named trees as the best SQL that a person who knows this shop's tables can write.

Figures are read from the roll-up, as exactly as Tranche does, and so is the scope if the tree asks
nothing else of customers. The figures of customers whose shop data have changed since are computed
again, in a separate count beside that of the other customers.
"""

from benchmarks.as_maho import since
from benchmarks.trees import COUNTRIES, SKU
from core.database.fields import UNITS_PER_ONE

Sql = str

SCOPE = "c.is_active AND c.kind = 'registered'"
SALE = "o.state NOT IN ('canceled', 'closed')"
# Customers whose roll-up does not match their rows.
STALE = (
    "SELECT customer_id FROM customers_dirtycustomer WHERE segment_id IS NULL"
    " AND customer_id IS NOT NULL AND NOT is_rolled_up"
    " UNION ALL SELECT customer_id FROM customers_customerrollup WHERE NOT complete"
)
ANEW = f"""LATERAL (
    SELECT COALESCE(SUM(grand_total) FILTER (WHERE {SALE}), 0) AS sales,
        COUNT(*) FILTER (WHERE {SALE}) AS number_of_orders,
        MAX(created_at) FILTER (WHERE o.state <> 'canceled') AS last_order_at,
        (SELECT COALESCE(SUM(amount), 0) FROM customers_refund f
            LEFT JOIN customers_order o ON o.id = f.order_id
            WHERE f.customer_id = c.id AND (o.id IS NULL OR {SALE})) AS refunds_of_sales,
        (SELECT COUNT(*) FROM customers_productview v WHERE v.customer_id = c.id) AS views
    FROM customers_order o WHERE o.customer_id = c.id) r"""


def who(condition: Sql) -> Sql:
    """Count the customers `c` in scope."""
    return f"SELECT count(*) FROM customers_customer c WHERE {SCOPE} AND {condition}"


def whose(figures: Sql, condition: Sql = "", days: int | None = None) -> Sql:
    """Count the customers in scope by their `figures`, columns of `r`, and a `condition` on `c`.

    With `days`, `d` has the instants since so many days of each website.
    """

    def join_dates(customer: str) -> Sql:
        return "" if days is None else f"JOIN {since(days)} ON d.website_id = {customer}.website_id"

    counted, and_condition = "customers_customerrollup r", ""
    if condition:
        counted = "customers_customer c JOIN customers_customerrollup r ON r.customer_id = c.id"
        and_condition = f"AND {condition}"
    return f"""SELECT
        (SELECT count(*) FROM {counted} {join_dates("r")}
            WHERE {SCOPE.replace("c.", "r.")} AND {figures} {and_condition}
                AND r.customer_id NOT IN ({STALE}))
        + (SELECT count(*) FROM customers_customer c {join_dates("c")} CROSS JOIN {ANEW}
            WHERE {SCOPE} AND {figures} {and_condition} AND c.id IN ({STALE}))"""


def money(amount: int) -> int:
    return amount * UNITS_PER_ONE


def bought(begins: str) -> Sql:
    """Whose ids: of those who bought it; the end of the range is the next text of that length."""
    low = begins.lower()
    high = low[:-1] + chr(ord(low[-1]) + 1)
    return (
        "(SELECT o.customer_id FROM customers_orderitem i JOIN customers_order o ON o.id ="
        f" i.order_id WHERE i.sku_folded >= '{low}' AND i.sku_folded < '{high}'"
        " AND i.parent_id IS NULL AND o.state <> 'canceled')"
    )


def lives_in(country: str) -> Sql:
    return (
        "EXISTS (SELECT 1 FROM customers_address a WHERE a.customer_id = c.id"
        f" AND a.country_folded = '{country.lower()}')"
    )


def in_days(days: int, orders: Sql) -> Sql:
    """The customers' ids of `orders` in the last days, of a website each; for a join."""
    return (
        f"FROM {since(days)} JOIN customers_customer c ON c.website_id = d.website_id"
        " JOIN customers_order o ON o.customer_id = c.id AND o.created_at >= d.low"
        f" AND o.created_at < d.high WHERE {SCOPE} AND {orders}"
    )


MALE = "c.gender = 'male'"
SPENT = f"r.sales >= {money(500)}"
ORDERED = "r.number_of_orders >= 3"
# Rounded half up, and so by a comparison of whole numbers.
USUALLY = f"2 * r.sales >= (2 * {money(200)} - 1) * r.number_of_orders AND r.number_of_orders > 0"
SAME_ORDER = f"o.grand_total >= {money(300)}"

BY_HAND = {
    "simple field": who(MALE),
    "email domain": who("c.email_domain_folded = 'example.com'"),
    "lifetime sales": whose(SPENT),
    "number of orders": whose(ORDERED),
    "average order value": whose(USUALLY),
    "profit": whose(f"r.sales - r.refunds_of_sales >= {money(500)}"),
    "three figures under all": whose(f"{SPENT} AND {ORDERED} AND {USUALLY}"),
    "four in one country": whose(f"{SPENT} AND {ORDERED} AND {USUALLY}", lives_in("DE")),
    "days since last order": whose("r.last_order_at < d.low", days=89),
    "3 sales in 90 days of 100 or more": (
        "SELECT count(*) FROM (SELECT c.id "
        + in_days(90, f"{SALE} AND o.grand_total >= {money(100)}")
        + " GROUP BY c.id HAVING count(*) >= 3) x"
    ),
    "same order": "SELECT count(DISTINCT c.id) " + in_days(30, SAME_ORDER),
    "product bought": who(f"c.id IN {bought(SKU)}"),
    "never bought": who(f"NOT EXISTS (SELECT 1 FROM {bought(SKU)} b WHERE b.customer_id = c.id)"),
    "category": who(
        "c.id IN (SELECT o.customer_id FROM customers_orderitem i JOIN customers_order o"
        " ON o.id = i.order_id WHERE i.parent_id IS NULL AND o.state <> 'canceled'"
        " AND i.product_id IN (SELECT product_id FROM customers_productcategory"
        " WHERE category_id = ANY(%(categories)s)))"
    ),
    "cart idle": who(
        "c.id IN (SELECT customer_id FROM customers_cart WHERE is_active"
        " AND updated_at < %(as_of)s - interval '24 hours')"
    ),
    "viewed, not bought": whose(
        "r.views > 0", "NOT EXISTS (SELECT 1 FROM customers_order o WHERE o.customer_id = c.id)"
    ),
    "segment of segments": whose(SPENT, f"c.id NOT IN (SELECT c.id {in_days(30, SAME_ORDER)})"),
    "none of two": whose(f"r.sales < {money(500)}", f"({MALE}) IS NOT TRUE"),
    "any of three": whose(
        f"({SPENT} OR r.last_order_at >= d.low AND r.last_order_at < d.high"
        " OR r.number_of_orders >= 5)",
        days=30,
    ),
    "30 leaves, mixed": whose(
        "("
        + " OR ".join(
            f"(r.sales >= {money(200 * part)} AND r.number_of_orders >= {part}"
            f" AND {lives_in(country)} AND c.id IN (SELECT c.id {in_days(60 * part, SALE)})"
            f" AND c.id IN {bought(f'WOM-0000{part}')})"
            for part, country in enumerate(COUNTRIES, 1)
        )
        + ")",
        "c.email_domain_folded = 'example.com'",
    ),
}
