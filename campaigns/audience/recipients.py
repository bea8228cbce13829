"""The audience of a campaign, each with the reason against a mail if any, in temporary tables.

`MEMBERS` has all customers selected by the campaign. `EXCEPTIONS` has the results that only Python
can compute (invalid and suppressed addresses, the holdout group), with rows for the affected
customers only. `JUDGED` then has each member once, with the store and, where there is one, the
reason against a mail. Works on PostgreSQL and SQLite.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from campaigns.audience.scope import Covering, Resolved
from campaigns.consent.addresses import is_valid
from campaigns.consent.eligibility import WEEK, is_held_out
from campaigns.consent.suppression import suppressions_of
from campaigns.models import (
    HANDED,
    Campaign,
    Match,
    MessageKind,
    Reason,
    SuppressionReason,
)
from customers.models import Customer
from customers.models.identity.newsletter import SubscriptionStatus

MEMBERS, EXCEPTIONS, JUDGED = "mail_members", "mail_exceptions", "mail_judged"
BLOCK = 5_000

CUSTOMERS = "customers_customer"
SUBSCRIPTIONS = "customers_newslettersubscription"
MEMBERSHIPS = "segments_membership"
MESSAGES, HELD_OUT = "campaigns_message", "campaigns_heldout"


@contextmanager
def judged_recipients(
    campaign: Campaign, scope: Resolved, at: datetime, most_a_week: int
) -> Iterator[None]:
    """Provide the table `JUDGED` in a `with` block: customer_id, store_id, and the reason against
    the campaign at `at`; only_held_out is 1 for customers whom only the holdout group excludes.

    `scope` is what the campaign's codes stand for; `most_a_week` the cap on messages (0: none).
    Everything is read in one transaction, which may be the caller's.
    """
    with transaction.atomic():
        _make(MEMBERS, "customer_id bigint PRIMARY KEY")
        _make(
            EXCEPTIONS,
            "customer_id bigint PRIMARY KEY, reason text, erased_at {time}",
        )
        _make(
            JUDGED,
            "customer_id bigint PRIMARY KEY, store_id bigint, reason text, only_held_out integer",
        )
        if not scope.is_nobody:
            _run(f"INSERT INTO {MEMBERS} (customer_id) {_members(scope, campaign)}")
            _analyze(MEMBERS)
            for block in _blocks():
                _note_exceptions(block, respects_holdout=campaign.respects_holdout)
            _analyze(EXCEPTIONS)
            sql, values = _eligibility_query(scope, campaign, at, most_a_week)
            _run(f"INSERT INTO {JUDGED} {sql}", values)
            _analyze(JUDGED)
        yield
        for table in (JUDGED, EXCEPTIONS, MEMBERS):
            _run(f"DROP TABLE {table}")


def _members(scope: Resolved, campaign: Campaign) -> str:
    """Return the query of the selected customers: segment members, or all with a subscription."""
    if not scope.has_segments:
        asked = [
            f"EXISTS (SELECT 1 FROM {SUBSCRIPTIONS} AS s WHERE s.customer_id = c.id"
            f" AND s.store_id IN ({_sql_list(scope.store_ids)}))"
        ]
    elif campaign.match == Match.ALL:
        asked = [_is_member([pk], "c.id") for pk in scope.segment_ids]
    else:
        asked = [_is_member(scope.segment_ids, "c.id")]
    if scope.allowed_websites is not None:
        asked.append(f"c.website_id IN ({_sql_list(sorted(scope.allowed_websites))})")
    if scope.excluded_ids:
        asked.append(f"NOT {_is_member(scope.excluded_ids, 'c.id')}")
    return f"SELECT c.id FROM {CUSTOMERS} AS c WHERE {' AND '.join(asked)}"


def _is_member(segment_ids: Sequence[int], customer: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {MEMBERSHIPS} AS m WHERE m.customer_id = {customer}"
        f" AND m.segment_id IN ({_sql_list(segment_ids)}))"
    )


class Member(NamedTuple):
    """A selected customer with the only columns that Python needs: there may be a million rows."""

    pk: int
    number: str
    email: str | None


def _blocks() -> Iterator[list[Member]]:
    """Yield the members in blocks, by their keys."""
    last = 0
    while True:
        rows = fetch_rows(
            f"SELECT a.customer_id, c.external_id, c.email FROM {MEMBERS} AS a"
            f" JOIN {CUSTOMERS} AS c ON c.id = a.customer_id"
            " WHERE a.customer_id > %s ORDER BY 1 LIMIT %s",
            [last, BLOCK],
        )
        if not rows:
            return
        block = [Member(*row) for row in rows]
        last = block[-1].pk
        yield block


def _note_exceptions(block: Iterable[Member], *, respects_holdout: bool) -> None:
    """Store the exceptions among the members of `block`; most members have none."""
    rows: list[tuple[int, str, datetime | None]] = []
    reachable = []
    for one in block:
        if is_valid(one.email):
            reachable.append(one)
        else:
            rows.append((one.pk, Reason.NO_EMAIL.value, None))
    suppressions = suppressions_of(reachable)
    for one in reachable:
        found = suppressions.get(one.pk)
        reason = Reason.SUPPRESSED.value if found else None
        erased_at = found.at if found and found.reason == SuppressionReason.ERASED else None
        is_out = respects_holdout and is_held_out(Customer(external_id=one.number))
        if reason is None and is_out:
            reason = Reason.HOLDOUT.value
        elif erased_at and is_out:
            # Both reasons may apply: a customer who came back after an erasure may be held out.
            reason = f"{Reason.SUPPRESSED}/{Reason.HOLDOUT}"
        if reason:
            rows.append((one.pk, reason, erased_at))
    if rows:
        sql = f"INSERT INTO {EXCEPTIONS} VALUES (%s, %s, %s)"
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def _eligibility_query(
    scope: Resolved, campaign: Campaign, at: datetime, most_a_week: int
) -> tuple[str, list[Any]]:
    """Return the query of the members with store and reason, and its values.

    The order of the reasons is the contract's, so that their counts add up by construction. Of
    several otherwise eligible customers with the same address, the one with the lowest key gets the
    mail.
    """
    subscribed = f"s.standing = '{SubscriptionStatus.SUBSCRIBED}'"
    unsubscribed = f"s.standing = '{SubscriptionStatus.UNSUBSCRIBED}'"
    covered = f"{subscribed} AND ({_coverage_test(scope)})"
    # A customer who subscribed to a store after an erasure gets the mail of that store.
    since = f"{covered} AND s.is_since = 1"
    capped, values = "", [_stored_time(at), _stored_time(at)]
    if most_a_week:
        states = ", ".join(f"'{state}'" for state in HANDED)
        capped = (
            f"LEFT JOIN (SELECT customer_id FROM {MESSAGES} WHERE state IN ({states})"
            f" AND kind <> '{MessageKind.TEST}' AND claimed_at > %s AND customer_id IS NOT NULL"
            " GROUP BY customer_id HAVING COUNT(*) >= %s) AS w ON w.customer_id = c.id"
        )
        values += [_stored_time(at - WEEK), most_a_week]
    only_held_out = "0"
    if campaign.respects_holdout:
        # No other customer with the address gets the mail, or precedes them in the holdout group.
        only_held_out = (
            f"CASE WHEN reason = '{Reason.HOLDOUT}' AND is_capped = 0"
            " AND ROW_NUMBER() OVER (PARTITION BY address, reason ORDER BY id) = 1"
            " AND COUNT(*) FILTER (WHERE reason IS NULL) OVER (PARTITION BY address) = 0"
            " THEN 1 ELSE 0 END"
        )
    return (
        f"""
WITH gone AS (
    SELECT c.mailbox, s.store_id, MAX(s.status_changed_at) AS at
    FROM {SUBSCRIPTIONS} AS s JOIN {CUSTOMERS} AS c ON c.id = s.customer_id
    WHERE s.status = '{SubscriptionStatus.UNSUBSCRIBED}' AND c.mailbox <> ''
        AND s.store_id IN ({_sql_list(scope.store_ids)}) GROUP BY 1, 2
), refusing AS (
    SELECT DISTINCT mailbox FROM {CUSTOMERS} WHERE accepts_marketing IS FALSE AND mailbox <> ''
), standing AS (
    SELECT s.customer_id, s.store_id, s.status_changed_at, c.store_id AS home,
        CASE WHEN s.status = '{SubscriptionStatus.SUBSCRIBED}'
            -- Nobody has said yet what is dated in the future.
            AND (n.at >= s.status_changed_at OR (n.at IS NOT NULL AND s.status_changed_at > %s))
            THEN '{SubscriptionStatus.UNSUBSCRIBED}' ELSE s.status END AS standing,
        CASE WHEN x.erased_at IS NULL
            OR (s.status_changed_at > x.erased_at AND s.status_changed_at <= %s)
            THEN 1 ELSE 0 END AS is_since
    FROM {MEMBERS} AS a JOIN {SUBSCRIPTIONS} AS s ON s.customer_id = a.customer_id
        JOIN {CUSTOMERS} AS c ON c.id = a.customer_id
        LEFT JOIN {EXCEPTIONS} AS x ON x.customer_id = a.customer_id
        LEFT JOIN gone AS n ON n.mailbox = c.mailbox AND n.store_id = s.store_id
    WHERE s.store_id IN ({_sql_list(scope.store_ids)})
), subscriptions AS (
    SELECT s.customer_id,
        MAX(CASE WHEN {subscribed} THEN 1 ELSE 0 END) AS is_subscribed,
        MAX(CASE WHEN {unsubscribed} THEN 1 ELSE 0 END) AS is_gone,
        MIN(CASE WHEN {covered} THEN s.store_id END) AS first_store,
        MAX(CASE WHEN {since} AND s.store_id = s.home THEN s.store_id END) AS own_store,
        MIN(CASE WHEN {since} THEN s.store_id END) AS first_since
    FROM standing AS s GROUP BY s.customer_id
), judged AS (
    SELECT c.id, c.mailbox AS address,
        COALESCE(g.own_store, g.first_since, g.first_store) AS store_id,
        CASE WHEN NOT c.is_active THEN '{Reason.INACTIVE}'
            WHEN x.reason = '{Reason.NO_EMAIL}' THEN '{Reason.NO_EMAIL}'
            WHEN COALESCE(g.is_subscribed, 0) = 0 AND g.is_gone = 1 THEN '{Reason.UNSUBSCRIBED}'
            WHEN COALESCE(g.is_subscribed, 0) = 0 THEN '{Reason.NOT_SUBSCRIBED}'
            WHEN g.first_store IS NULL THEN '{Reason.OTHER_WEBSITE}'
            WHEN c.accepts_marketing IS FALSE OR f.mailbox IS NOT NULL
                THEN '{Reason.REFUSED_MARKETING}'
            WHEN x.reason LIKE '{Reason.SUPPRESSED}%%'
                AND (x.erased_at IS NULL OR g.first_since IS NULL) THEN '{Reason.SUPPRESSED}'
            WHEN x.reason LIKE '%%{Reason.HOLDOUT}' THEN '{Reason.HOLDOUT}'
            {f"WHEN w.customer_id IS NOT NULL THEN '{Reason.FREQUENCY_CAP}'" if capped else ""}
        END AS reason,
        {"CASE WHEN w.customer_id IS NULL THEN 0 ELSE 1 END" if capped else "0"} AS is_capped
    FROM {MEMBERS} AS a JOIN {CUSTOMERS} AS c ON c.id = a.customer_id
        LEFT JOIN subscriptions AS g ON g.customer_id = c.id
        LEFT JOIN refusing AS f ON f.mailbox = c.mailbox
        LEFT JOIN {EXCEPTIONS} AS x ON x.customer_id = c.id {capped}
)
SELECT id, store_id, CASE WHEN reason IS NOT NULL THEN reason
    WHEN ROW_NUMBER() OVER (PARTITION BY address, reason ORDER BY id) > 1
    THEN '{Reason.SAME_ADDRESS}' END, {only_held_out}
FROM judged ORDER BY id""",
        values,
    )


def _coverage_test(scope: Resolved) -> str:
    """Return the test that a subscription's store is covered by a segment of its customer."""
    if not scope.has_segments:
        return "1 = 1"
    return " OR ".join(_covers(one, scope) for one in scope.covering) or "1 = 0"


def _covers(covering: Covering, scope: Resolved) -> str:
    stores = f"s.store_id IN ({_sql_list(covering.store_ids)})"
    if set(covering.segment_ids) == set(scope.segment_ids):
        return stores
    return f"({stores} AND {_is_member(covering.segment_ids, 's.customer_id')})"


def _sql_list(ids: Iterable[int]) -> str:
    """Return keys as SQL lists them; they are whole numbers of our own rows."""
    return ", ".join(str(int(one)) for one in ids) or "NULL"


def _stored_time(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _make(table: str, columns: str) -> None:
    time = "timestamptz" if connection.vendor == "postgresql" else "text"
    _run(f"DROP TABLE IF EXISTS {table}")
    _run(f"CREATE TEMPORARY TABLE {table} ({columns.format(time=time)})")


def _analyze(table: str) -> None:
    if connection.vendor == "postgresql":
        _run(f"ANALYZE {table}")


def _run(sql: str, values: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return max(int(cursor.rowcount), 0)


def fetch_rows(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of an SQL query of this package, such as one about `JUDGED`."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall())
