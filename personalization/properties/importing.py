"""The files of `import_shop` about behaviour: declared properties, and behaviours themselves."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from core.clock import now
from core.problems import Invalid, Problem
from core.text.hashes import known_hashes
from customers.events.receiving.received import remembered_as
from customers.imports.further_files import FurtherFile
from customers.imports.run import Run, Staged
from customers.imports.staging import cells
from customers.imports.staging.keys_and_references import refuse_duplicates, refuse_unknown
from customers.imports.tables import Table, staged_column
from customers.models import Customer, Login, ProductView, Purpose, WishlistItem
from customers.privacy.consent import refusing
from personalization.intake.reading import Behavior, read_row
from personalization.intake.storage import PURPOSE, Owned, event_of, keep
from personalization.models import BehaviorEvent, BehaviorProperty
from personalization.properties.resource import BEHAVIOR_PROPERTIES

BATCH = 1_000
WRITTEN = ("data", "context", "channel")


def _text_column(name: str) -> models.Field[object, object]:
    return staged_column(name, models.TextField(default=""))


PROPERTIES = Table(
    "behavior_properties",
    BehaviorProperty,
    key=("key",),
    required=("key", "label", "type"),
    optional=("options",),
    converts={"options": cells.options},
)
BEHAVIORS = Table(
    "behaviors",
    BehaviorEvent,
    key=(),
    required=("customer", "type", "occurred_at"),
    optional=("id", "channel", "data", "context"),
    fields={"type": "behavior_type"},
    references={"customer": "customers"},
    # Judged in Python, as what the API takes.
    staged_as={
        "id": _text_column("number"),
        "channel": _text_column("spoken_channel"),
        "data": _text_column("written_data"),
        "context": _text_column("written_context"),
    },
)
COLUMNS_OF_PATHS = {"behavior_type": "type", "customer_id": "customer"}


def import_properties(run: Run) -> None:
    """Import `behavior_properties.csv`; each row is judged as one that the API sends."""
    staged = run.read(PROPERTIES)
    if not staged:
        return
    refuse_duplicates(run, staged)
    columns = [column for column in PROPERTIES.columns if staged.has(column)]
    created = updated = 0
    chosen = ", ".join(f's."{column}"' for column in columns)
    rows = run.sql.rows(
        f"SELECT s.source_line, {chosen} FROM {staged.stage.name} AS s ORDER BY s.source_line"
    )
    for line, *values in rows:
        document = dict(zip(columns, values, strict=True))
        if "options" in document:
            options = document["options"]
            document["options"] = json.loads(options) if isinstance(options, str) else options
        stored = BehaviorProperty.objects.filter(key=document["key"]).first()
        try:
            if stored is None:
                BEHAVIOR_PROPERTIES.create(document, author=None)
                created += 1
            else:
                saved = BEHAVIOR_PROPERTIES.change(stored, document, author=None)
                updated += saved.row.version != stored.version
        except Invalid as error:
            _refuse(run, staged, line, error.problems)
    run.finish(staged, created, updated)
    staged.stage.drop()


def import_behaviors(run: Run) -> None:
    """Import `behaviors.csv`: rows of who refuses tracking are left out and counted."""
    staged = run.read(BEHAVIORS)
    if not staged:
        return
    refuse_unknown(run, staged, ("customer",))
    if staged.has("id"):
        refuse_duplicates(run, staged, ("type", "id"), among="s.number <> ''")
    loading = _Loading(run, staged)
    for rows in _blocks(run, staged):
        loading.load(rows)
    staged.report.declined = loading.declined
    run.finish(staged, loading.created, loading.updated)
    staged.stage.drop()


def _blocks(run: Run, staged: Staged) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the staged rows in the file's order, some at a time."""
    names = "s.number, s.spoken_channel, s.written_data, s.written_context"
    with run.sql.connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT s.source_line, s.ref_customer, s.behavior_type, s.occurred_at,"
            f" {names} FROM {staged.stage.name} AS s ORDER BY s.source_line"
        )
        while rows := cursor.fetchmany(BATCH):
            yield rows


@dataclass
class _Loading:
    """The behaviours of one file on their way into the tables; all are received at one instant."""

    run: Run
    staged: Staged
    at: datetime = field(default_factory=now)
    created: int = 0
    updated: int = 0
    declined: int = 0

    def load(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Store the new and the changed rows of `rows`."""
        people = _people({row[1] for row in rows})
        keys = {one.pk for one in people.values()}
        refuse = Customer.objects.filter(refusing(Purpose.TRACKING), pk__in=keys)
        refusing_keys = set(refuse.values_list("pk", flat=True))
        owned = []
        for line, number, *cells_of_row in rows:
            behavior = self._read_behavior(line, number, *cells_of_row)
            customer = people.get(number)
            if behavior is None or customer is None:
                continue
            if customer.pk in refusing_keys:
                self.declined += 1
            else:
                owned.append(Owned(behavior, customer))
        facts = _new_facts([one for one in owned if one.behavior.type.is_shop_fact], self.at)
        fresh, changed = self._compared(
            [one for one in owned if not one.behavior.type.is_shop_fact]
        )
        keep([*facts, *fresh], (), self.at)
        BehaviorEvent.objects.bulk_update(
            changed,
            ["customer", "occurred_at", "channel", "sku_folded", "search_query", *WRITTEN[:2]],
        )
        self.created += len(facts) + len(fresh)
        self.updated += len(changed)

    def _read_behavior(
        self, line: int, number: str, type_: str, at: Any, id_: str, *written: str
    ) -> Behavior | None:
        """Return the behaviour of a row; None for one that is refused."""
        channel, *objects = written
        given: dict[str, Any] = {"customer_id": number, "behavior_type": type_, "id": id_}
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        given["occurred_at"] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
        if channel:
            given["channel"] = channel
        for name, text in zip(("data", "context"), objects, strict=True):
            try:
                value = json.loads(text, parse_float=Decimal) if text else {}
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, Mapping):
                self.run.refusals.add(BEHAVIORS, line, name, "object", text)
                return None
            given[name] = value
        behavior, problems = read_row(given, self.at)
        _refuse(self.run, self.staged, line, problems)
        return behavior

    def _compared(self, owned: Sequence[Owned]) -> tuple[list[Owned], list[BehaviorEvent]]:
        """Return the rows that are not stored yet, and stored rows that differ from the file."""
        by_hash = {
            hashed: one.names[0]
            for one in owned
            for name in one.names
            for hashed in known_hashes(PURPOSE, name)
        }
        rows = BehaviorEvent.objects.filter(key__in=by_hash)
        stored = {by_hash[row.key]: row for row in rows}
        fresh: dict[str, Owned] = {}
        changed: list[BehaviorEvent] = []
        for one in owned:
            row = stored.get(one.names[0])
            if row is None:
                fresh.setdefault(one.names[0], one)
            elif one.behavior.id and self._changes(row, one):
                changed.append(row)
        return list(fresh.values()), changed

    def _changes(self, row: BehaviorEvent, one: Owned) -> bool:
        """Update a stored row from the file, and return whether the row has changed."""
        new = event_of(one, self.at)
        names = ["customer_id", "occurred_at", "sku_folded", "search_query"]
        names += [name for name in WRITTEN if self.staged.has(name)]
        if "data" not in names:
            names = [name for name in names if name not in {"sku_folded", "search_query"}]
        differs = [name for name in names if getattr(row, name) != getattr(new, name)]
        for name in differs:
            setattr(row, name, getattr(new, name))
        return bool(differs)


def _people(numbers: Iterable[str]) -> dict[str, Customer]:
    """Return the customers with these numbers, locked: others who write of them wait."""
    rows = Customer.objects.select_for_update(no_key=True).order_by("pk")
    return {one.external_id: one for one in rows.filter(external_id__in=set(numbers))}


def _new_facts(owned: Sequence[Owned], at: datetime) -> list[Owned]:
    """Return the views, wishes and log-ins that the shop's tables do not have yet."""
    if not owned:
        return []
    remembered = remembered_as({one.names[0] for one in owned}, at)
    customers = {one.customer.pk for one in owned}
    known = _known_facts(customers, {one.behavior.occurred_at for one in owned})
    wishes = {
        (customer, sku): added_at
        for customer, sku, added_at in WishlistItem.objects.filter(
            wishlist__customer__in=customers,
            product__sku__in={one.behavior.sku for one in owned if one.behavior.sku},
        ).values_list("wishlist__customer", "product__sku", "added_at")
    }
    fresh = []
    for one in owned:
        behavior = one.behavior
        if behavior.type.name == "wishlist_added":
            wish = (one.customer.pk, behavior.sku)
            added_at = wishes.get(wish)
            is_known = added_at is not None and added_at >= behavior.occurred_at
            if not is_known:
                wishes[wish] = behavior.occurred_at
        else:
            sku = behavior.sku if behavior.type.required else ""
            fact = (one.customer.pk, sku, behavior.occurred_at)
            is_known = fact in known
            known.add(fact)
        if not is_known and one.names[0] not in remembered:
            fresh.append(one)
    return fresh


def _known_facts(
    customers: Iterable[int], times: Iterable[datetime]
) -> set[tuple[int, str, datetime]]:
    """Return the stored views (with their SKU) and log-ins (with '') of these times."""
    views = ProductView.objects.filter(customer__in=customers, viewed_at__in=times)
    logins = Login.objects.filter(customer__in=customers, logged_in_at__in=times)
    return {
        *views.values_list("customer", "product__sku", "viewed_at"),
        *(
            (customer, "", logged_in_at)
            for customer, logged_in_at in logins.values_list("customer", "logged_in_at")
        ),
    }


def _refuse(run: Run, staged: Staged, line: int, problems: Iterable[Problem]) -> None:
    for one in problems:
        column = COLUMNS_OF_PATHS.get(one.field, one.field)
        inner = one.path.removeprefix(one.field).lstrip(".")
        message = f"{inner}: {one.message}" if inner else one.message
        run.refusals.add(staged.table, line, column, "judged", message)


FILES = (FurtherFile(PROPERTIES, import_properties), FurtherFile(BEHAVIORS, import_behaviors))
