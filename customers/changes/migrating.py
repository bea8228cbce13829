"""Triggers around migrations: removed on SQLite while one runs, and installed after it."""

from typing import Any

from django.core import checks
from django.db import connections, transaction
from django.db.migrations import Migration
from django.utils.translation import gettext as _

from core.clock import now
from customers.changes.checks import check_marked
from customers.changes.declared import declared
from customers.changes.hooks import WHEN_UNNOTICED
from customers.changes.triggers import (
    UNFINISHED,
    faults,
    install,
    put_right,
    remove,
    stamp_installed,
)
from customers.models import Customer, DirtyCustomer
from customers.models.upkeep.change import DirtyReason


def before_migration(using: str, plan: list[tuple[Migration, bool]], **kwargs: Any) -> None:
    """Remove SQLite's triggers where the migrations may alter tables with triggers.

    Django rebuilds an altered table on SQLite, which breaks triggers that read the table. On
    PostgreSQL the triggers stay, since other processes may continue to write.
    """
    if connections[using].vendor != "sqlite":
        return
    apps = {marked.model._meta.app_label for marked in declared()}
    if any(migration.app_label in apps for migration, _backwards in plan):
        remove(using=using)


def after_migration(using: str, **kwargs: Any) -> None:
    """Install the triggers, correct rows that were written without them, and mark all customers.

    On SQLite this is one transaction, in which no other process writes. On PostgreSQL, where old
    code continues to write, each table is locked for a moment, and earlier rows are corrected
    afterwards; until then the triggers are stamped as unfinished, so that a later call starts over.
    """
    if not _tables_are_there(using):
        return
    if faults(using=using):
        if connections[using].vendor == "postgresql":
            install(using=using, stamp=UNFINISHED)
            with transaction.atomic(using=using):
                put_right(using=using)
        else:
            with transaction.atomic(using=using):
                install(using=using)
                put_right(using=using)
        for hook in WHEN_UNNOTICED:
            hook(using=using)
        if Customer.objects.using(using).exists():
            DirtyCustomer.objects.using(using).create(reason=DirtyReason.EVENT, at=now())
    stamp_installed(using=using)


def check_triggers(databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn where a database lacks triggers: changes would go unnoticed until the nightly refresh.

    A warning, since an error would keep `migrate` from installing the triggers.
    """
    found: list[checks.CheckMessage] = []
    if check_marked():
        return found  # Named there; no triggers can be made of them.
    for using in databases or ():
        if not _tables_are_there(using):
            continue  # Not migrated yet.
        missing = faults(using=using)
        if missing:
            found.append(
                checks.Warning(
                    _(
                        "%(count)d triggers that notice changes of shop data are not as they "
                        "should be: %(first)s, ..."
                    )
                    % {"count": len(missing), "first": missing[0]},
                    hint=_("Run “manage.py migrate”."),
                    id="customers.W001",
                )
            )
    return found


def _tables_are_there(using: str) -> bool:
    wanted = {DirtyCustomer._meta.db_table, *(one.model._meta.db_table for one in declared())}
    return wanted <= set(connections[using].introspection.table_names())
