"""A trigger: when a subscription ends, mails of sequences to its customer and store are skipped.

The trigger works for every program that writes subscriptions, within the same statement, so that no
mail leaves between the two. It ignores deleted subscriptions, which `advance` and the sender check:
when a guest is merged into a customer with a subscription, the guest's row is deleted although
nobody unsubscribes. The mails of a campaign are checked when they are sent.
"""

from typing import Any

from django.db import connections

NAME = "campaigns_unsubscribed"
FUNCTION = "campaigns_skip_unsubscribed"
TABLE, MESSAGES = "customers_newslettersubscription", "campaigns_message"

SKIPPED = f"""
UPDATE {MESSAGES} SET state = 'skipped',
    reason = CASE {{status}} WHEN 'unsubscribed' THEN 'unsubscribed' ELSE 'not_subscribed' END
"""

FUNCTION_OF_TRIGGER = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {SKIPPED.format(status="n.status")}
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
    WHERE o.status = 'subscribed' AND n.status <> 'subscribed'
        AND {MESSAGES}.customer_id = n.customer_id AND {MESSAGES}.store_id = n.store_id
        AND {MESSAGES}.state = 'scheduled' AND {MESSAGES}.kind = 'sequence';
    RETURN NULL;
END $$
"""
TRIGGER = f"""
CREATE TRIGGER {NAME} AFTER UPDATE ON {TABLE}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()
"""

SQLITE = f"""
CREATE TRIGGER {NAME} AFTER UPDATE OF status ON {TABLE}
WHEN OLD.status = 'subscribed' AND NEW.status <> 'subscribed'
BEGIN
    {SKIPPED.format(status="NEW.status")}
    WHERE customer_id = NEW.customer_id AND store_id = NEW.store_id
        AND state = 'scheduled' AND kind = 'sequence';
END
"""


def before_migration(using: str, **kwargs: Any) -> None:
    """Take SQLite's trigger away: it would keep Django from rebuilding a table that is altered."""
    if connections[using].vendor == "sqlite":
        _run(f"DROP TRIGGER IF EXISTS {NAME}", using)


def after_migration(using: str, **kwargs: Any) -> None:
    """Have the trigger where both tables are there, and none where they are not."""
    tables = set(connections[using].introspection.table_names())
    is_postgresql = connections[using].vendor == "postgresql"
    if not {TABLE, MESSAGES} <= tables:
        if is_postgresql:
            _run(f"DROP FUNCTION IF EXISTS {FUNCTION}() CASCADE", using)
        return
    if is_postgresql:
        _run(FUNCTION_OF_TRIGGER, using)
    if not is_installed(using=using):
        _run(TRIGGER if is_postgresql else SQLITE, using)


def is_installed(*, using: str = "default") -> bool:
    """Return whether the trigger is there."""
    connection = connections[using]
    is_postgresql = connection.vendor == "postgresql"
    table = "pg_trigger WHERE tgname" if is_postgresql else "sqlite_master WHERE name"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table} = %s", [NAME])
        (found,) = cursor.fetchone()
    return bool(found)


def _run(statement: str, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(statement)
