"""Counts and queries of the judged recipients; to be called within `judged_recipients`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from campaigns.audience.recipients import CUSTOMERS, JUDGED, SUBSCRIPTIONS, fetch_rows
from campaigns.models import Reason
from customers.models import Customer
from customers.models.identity.newsletter import SubscriptionStatus


def count_reasons() -> list[tuple[str | None, int | None, bool, int]]:
    """Return the numbers of `JUDGED` customers by (reason, store, whether subscribed elsewhere).

    The last is only computed for customers who are not subscribed in any store of the campaign.
    """
    elsewhere = (
        f"EXISTS (SELECT 1 FROM {SUBSCRIPTIONS} AS s WHERE s.customer_id = j.customer_id"
        f" AND s.status = '{SubscriptionStatus.SUBSCRIBED}')"
    )
    rows = fetch_rows(
        "SELECT reason, store_id, elsewhere, COUNT(*) FROM (SELECT j.reason, j.store_id,"
        f" CASE WHEN j.reason = '{Reason.NOT_SUBSCRIBED}' AND {elsewhere} THEN 1 ELSE 0 END"
        f" AS elsewhere FROM {JUDGED} AS j) AS k GROUP BY 1, 2, 3"
    )
    return [(reason, store, bool(other), number) for reason, store, other, number in rows]


class Alike(NamedTuple):
    """Recipients of one store and customer group (internal keys) with the same empty names.

    `is_used_up` says that they can use no further coupon of a price rule.
    """

    store: int
    group: int
    has_first_name: bool
    has_last_name: bool
    is_used_up: bool
    number: int


def count_by_mail_facts(
    *,
    without: QuerySet[Any, Any] | None = None,
    but: QuerySet[Any, Any] | None = None,
    once_each: bool = True,
    uses: QuerySet[Any, Any] | None = None,
    limit: int = 0,
) -> list[Alike]:
    """Return the numbers of customers who may get mail, by what their mail depends on.

    Customers who share an address all count unless `once_each`. Customers of `without`, rows with a
    `customer`, are left out, except those of `but`. A customer with `limit` rows or more among
    `uses`, whose column is `user`, has used the rule up; without `uses` nobody has.
    """
    used_up, used = f"SELECT customer_id FROM {JUDGED} WHERE 1 = 0", ()
    if uses is not None:
        sql, parameters = uses.query.sql_with_params()
        used_up = (
            f'SELECT w."user" AS customer_id FROM ({sql}) AS w WHERE w."user" IS NOT NULL'
            ' GROUP BY w."user" HAVING COUNT(*) >= %s'
        )
        used = (*parameters, limit)
    excepted, values = _customers_of(without)
    again, more = _customers_of(but)
    reasons = [] if once_each else [Reason.SAME_ADDRESS.value]
    is_counted = "".join(" OR j.reason = %s" for _one in reasons)
    has_first, has_last = (
        f"CASE WHEN TRIM(COALESCE(c.{name}, '')) = '' THEN 0 ELSE 1 END"
        for name in ("first_name", "last_name")
    )
    rows = fetch_rows(
        f"SELECT j.store_id, c.group_id, {has_first}, {has_last},"
        f" CASE WHEN u.customer_id IS NULL THEN 0 ELSE 1 END, COUNT(*) FROM {JUDGED} AS j"
        f" JOIN {CUSTOMERS} AS c ON c.id = j.customer_id"
        f" LEFT JOIN ({used_up}) AS u ON u.customer_id = c.id"
        f" WHERE (j.reason IS NULL{is_counted})"
        f" AND (c.id NOT IN ({excepted}) OR c.id IN ({again})) GROUP BY 1, 2, 3, 4, 5"
        " ORDER BY 1, 2",
        [*used, *reasons, *values, *more],
    )
    return [
        Alike(store, group, bool(first), bool(last), bool(is_used_up), number)
        for store, group, first, last, is_used_up, number in rows
    ]


def first_recipients(number: int) -> dict[int, int]:
    """Return the recipients with the lowest keys, each with the key of the store of their mail."""
    sql = f"SELECT customer_id, store_id FROM {JUDGED} WHERE reason IS NULL ORDER BY 1 LIMIT %s"
    return {int(key): int(store) for key, store in fetch_rows(sql, [number])}


def judged_customers(
    reason: Reason | None, most: int, store: str = ""
) -> tuple[int, list[Customer]]:
    """Return the number of customers excluded for `reason`, and the first `most` by key.

    None stands for the recipients; `store` is the code of the store of their subscription ("": any
    store).
    """
    asked, values = "reason IS NULL", []
    if reason is not None:
        asked, values = "reason = %s", [reason.value]
    if store:
        asked += " AND store_id IN (SELECT id FROM customers_store WHERE code = %s)"
        values.append(store)
    ((number,),) = fetch_rows(f"SELECT COUNT(*) FROM {JUDGED} WHERE {asked}", values)
    sql = f"SELECT customer_id FROM {JUDGED} WHERE {asked} ORDER BY 1 LIMIT %s"
    keys = [int(key) for (key,) in fetch_rows(sql, [*values, most])]
    return int(number), list(Customer.objects.filter(pk__in=keys).order_by("pk"))


def recipients() -> QuerySet[Customer]:
    """Return the recipients, as a query that is valid within `judged_recipients`."""
    keys = RawSQL(f"SELECT customer_id FROM {JUDGED} WHERE reason IS NULL", [])
    return Customer.objects.filter(pk__in=keys)


def count_recipients(among: QuerySet[Any, Any]) -> int:
    """Return how many of `among`, rows with a `customer`, may get mail.

    Customers who share an address all count.
    """
    sql, values = _customers_of(among)
    rows = fetch_rows(
        f"SELECT COUNT(*) FROM {JUDGED} WHERE (reason IS NULL OR reason = %s)"
        f" AND customer_id IN ({sql})",
        [Reason.SAME_ADDRESS.value, *values],
    )
    return int(rows[0][0])


def _customers_of(rows: QuerySet[Any, Any] | None) -> tuple[str, Sequence[Any]]:
    """Return the query of the customers of `rows`, which have one customer each, and its
    parameters; None stands for no rows.
    """
    if rows is None:
        return f"SELECT customer_id FROM {JUDGED} WHERE 1 = 0", ()
    try:
        sql, values = rows.values("customer").query.sql_with_params()
    except EmptyResultSet:
        return f"SELECT customer_id FROM {JUDGED} WHERE 1 = 0", ()
    return sql, values
