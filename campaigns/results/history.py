"""The files of `import_shop` about mail: mails sent by another tool, and suppressed addresses.

The mails of `mails.csv` are never sent, and count in no report and no cap: only conditions read
them (`campaigns.conditions`).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import models

from campaigns.consent.addresses import customers_at, hash_of, hashes_of, is_valid
from campaigns.consent.suppression import change_reason, mark_suppressed
from campaigns.models import (
    Message,
    MessageKind,
    MessageState,
    Suppression,
    SuppressionReason,
)
from campaigns.results.provider_reports import TRACKED
from core.text.folding import folded_address
from customers.imports.further_files import FurtherFile
from customers.imports.run import Run, Staged
from customers.imports.staging.keys_and_references import refuse_duplicates, refuse_unknown
from customers.imports.staging.resolve import Resolved, resolve
from customers.imports.storing.upsert import upsert
from customers.imports.tables import Table, staged_column
from customers.models import Purpose
from customers.privacy.consent import refusal_in_sql

BATCH = 1_000


def _choice_column(name: str, codes: Sequence[str], default: str) -> models.Field[Any, Any]:
    choices = [(code, code) for code in codes]
    return staged_column(name, models.CharField(max_length=16, choices=choices, default=default))


SENT, FAILED = MessageState.SENT.value, MessageState.FAILED.value
REPORTS = ("delivered_at", "bounced_at", "complained_at", "unsubscribed_at")
MAILS = Table(
    "mails",
    Message,
    key=("id",),
    required=("id", "customer"),
    optional=(
        *("campaign", "sequence", "step", "store", "state", "reason", "sent_at", "bounce"),
        *(*REPORTS, *TRACKED, "variant"),
    ),
    fields={
        "id": "external_id",
        "campaign": "external_campaign",
        "sequence": "external_sequence",
    },
    codes={"store": "stores"},
    references={"customer": "customers"},
    staged_as={
        "state": _choice_column("state", (SENT, FAILED), SENT),
        # An imported bounce, hard or soft, does not suppress the address.
        "bounce": _choice_column("bounce", ("hard", "soft"), ""),
    },
    filled_later=("opens", "clicks"),
)
SUPPRESSIONS = Table(
    "suppressions",
    Suppression,
    key=("address",),
    required=("address", "reason", "at"),
    staged_as={"address": staged_column("address", models.CharField(max_length=320))},
)


def import_mails(run: Run) -> None:
    """Import `mails.csv`; a mail is known by its `id`.

    Opens and clicks of customers who refuse tracking are left empty.
    """
    staged = run.read(MAILS)
    if not staged:
        return
    refuse_duplicates(run, staged)
    refuse_unknown(run, staged, ("customer",))
    _refuse_two_sources(run, staged)
    rows = _mails(run, staged)
    counts = upsert(
        run.sql,
        Message._meta.db_table,
        key=("external_id",),
        resolved=rows.select,
        columns=list(rows.columns),
        updatable=rows.updatable,
    )
    run.finish(staged, *counts)
    staged.stage.drop()


def _refuse_two_sources(run: Run, staged: Staged) -> None:
    found = run.refusals.add_selected(
        MAILS,
        "sequence",
        "two_sources",
        "SELECT s.source_line, s.external_id, NULL, s.external_sequence"
        f" FROM {staged.stage.name} AS s"
        " WHERE s.external_campaign <> '' AND s.external_sequence <> ''",
    )
    if found:
        run.remove_refused(staged)


def _mails(run: Run, staged: Staged) -> Resolved:
    """Return the rows of the file as messages are stored."""
    refuses = refusal_in_sql(Purpose.TRACKING, "r_customer.id")
    kind = f"CASE WHEN s.external_sequence <> '' THEN '{MessageKind.SEQUENCE}'"
    columns = {
        "kind": f"{kind} ELSE '{MessageKind.CAMPAIGN}' END",
        "due_at": f"COALESCE(s.sent_at, s.bounced_at, {run.sql.present_time})",
        **dict.fromkeys(("address", "reply"), "''"),
        "attempts": "0",
        "is_timed": "false",
    }
    for at, times in (("opened_at", "opens"), ("clicked_at", "clicks")):
        once = f"CASE WHEN s.{at} IS NULL THEN 0 ELSE 1 END"
        columns[at] = f"CASE WHEN NOT ({refuses}) THEN s.{at} END"
        columns[times] = f"CASE WHEN {refuses} THEN 0 ELSE COALESCE(s.{times}, {once}) END"
    rows = resolve(staged, columns)
    del rows.columns["bounce"]
    rows.updatable = [column for column in rows.updatable if column != "bounce"]
    if staged.has("campaign", "sequence"):
        rows.updatable.append("kind")
    for at, times in (("opened_at", "opens"), ("clicked_at", "clicks")):
        if staged.has(at) and not staged.has(times):
            rows.updatable.append(times)
    return rows


def import_suppressions(run: Run) -> None:
    """Import `suppressions.csv`: each address is kept as its keyed hash alone.

    The refusal of an erased customer is kept beneath another reason, as for all suppressions.
    """
    staged = run.read(SUPPRESSIONS)
    if not staged:
        return
    refuse_duplicates(run, staged)
    created = updated = 0
    for block in _blocks(run, staged):
        new, changed = _suppress(block)
        created += new
        updated += changed
    run.finish(staged, created, updated)
    staged.stage.drop()


def _blocks(run: Run, staged: Staged) -> Iterator[list[tuple[str, str, datetime]]]:
    """Yield address, reason and instant of the rows that are right, some at a time."""
    with run.sql.connection.chunked_cursor() as cursor:
        cursor.execute(
            f'SELECT s.source_line, s.address, s.reason, s."at" FROM {staged.stage.name} AS s'
            " ORDER BY s.source_line"
        )
        while rows := cursor.fetchmany(BATCH):
            block = []
            for line, address, reason, at in rows:
                if not is_valid(folded_address(address)):
                    run.refusals.add(SUPPRESSIONS, line, "address", "address", address)
                    continue
                moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                block.append((address, reason, moment))
            yield block


def _suppress(block: Sequence[tuple[str, str, datetime]]) -> tuple[int, int]:
    """Store the suppressions of `block`; return how many are new, and how many have changed."""
    hashes = {address: hashes_of(address) for address, _reason, _at in block}
    wanted = [one for known in hashes.values() for one in known]
    rows = Suppression.objects.select_for_update().filter(address_hash__in=wanted)
    stored = {row.address_hash: row for row in rows}
    created: list[Suppression] = []
    updated: dict[int, Suppression] = {}
    touched = []
    for address, code, at in block:
        reason = SuppressionReason(code)
        row = next((stored[one] for one in hashes[address] if one in stored), None)
        if row is None:
            row = Suppression(address_hash=hash_of(address), reason=reason, at=at)
            created.append(row)
            stored[row.address_hash] = row
        elif not change_reason(row, reason, at, replaces=True):
            continue
        elif row.pk:
            updated[row.pk] = row
        touched.append(address)
    Suppression.objects.bulk_create(created)
    Suppression.objects.bulk_update(updated.values(), ["reason", "at", "refused_at"])
    mark_suppressed(customers_at(touched).values_list("pk", flat=True))
    return len(created), len(updated)


FILES = (FurtherFile(MAILS, import_mails), FurtherFile(SUPPRESSIONS, import_suppressions))
