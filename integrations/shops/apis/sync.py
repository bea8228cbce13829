"""A run over a shop's API: pass by pass, block by block, each with its checkpoint."""

import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from core.clock import now
from customers.imports.pipeline import Outcome
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress
from customers.imports.storing.sql import Sql
from customers.models import Customer
from customers.models.identity.customer import CustomerKind
from customers.snapshots.scratch import scratch
from integrations.shops.apis.blocks import BlockImport
from integrations.shops.apis.platforms import ApiPlatform, ApiReader, ShopObject
from integrations.shops.converting.scratch import Scratch
from integrations.shops.databases.deletions import blocks, refuse_many
from integrations.shops.following import FollowedShop, noted_end
from integrations.shops.models import ShopSource, SourceRow, SyncState
from integrations.shops.sources import exclusive_run, note_source, prefix_of, with_prefix

# A pass reads again what changed in this time before the last one began: clocks differ, rows move.
OVERLAP = timedelta(minutes=10)
CUSTOMERS = "customers"
MET = "met"


class _Undone(Exception):
    """The blocks of a dry run are rolled back."""


@dataclass(frozen=True)
class _Step:
    """A block of objects, or the end of a pass, with the `state` of `SyncState` after it."""

    kind: str
    objects: list[ShopObject]
    state: Mapping[str, Any]
    is_end: bool = False


def sync_shop(
    platform: ApiPlatform,
    options: Mapping[str, Any],
    outcome: Outcome,
    *,
    is_dry: bool = False,
    progress: OnProgress | None = None,
) -> None:
    """Read what has changed in a shop since the last run, at first all of the shop.

    Each block is stored by itself; after an error the next run goes on behind the last one. A dry
    run reads all of it and stores nothing. Raises ImportRefused for what cannot be stored and
    ApiFailure where the shop does not answer.
    """
    plan = outcome.plan
    plan.source = options.get("source") or platform.name
    outcome.report = ImportReport()
    with (
        exclusive_run(plan.source),
        nullcontext() if is_dry else noted_end(plan, platform.name),
        scratch("sync-shop") as folder,
    ):
        run = _Run(platform, options, outcome, platform.connect(folder, progress), folder)
        try:
            if is_dry:
                run.rehearse(folder)
            else:
                run.sync()
        finally:
            run.close()
            outcome.report = run.blocks.report


def followed_api(platform: ApiPlatform) -> FollowedShop:
    """Return a shop that is followed by its API."""
    sync = partial(sync_shop, platform)
    return FollowedShop(platform.name, platform.settings, (platform.name,), sync, is_in_blocks=True)


class _Run:
    def __init__(
        self,
        platform: ApiPlatform,
        options: Mapping[str, Any],
        outcome: Outcome,
        reader: ApiReader,
        folder: Path,
    ) -> None:
        self.platform, self.options, self.reader = platform, options, reader
        self.plan = outcome.plan
        self.prefix = prefix_of(self.plan.source, options.get("prefix"))
        self.is_full = bool(options.get("full"))
        report = ImportReport()
        # The numbers of the customers that the shop has, and the SKUs of its products.
        self._scratch = Scratch(folder)
        self.blocks = BlockImport(
            platform, options, self.prefix, outcome, report, folder, self._scratch
        )

    def close(self) -> None:
        """Close the scratch storage of the run."""
        self._scratch.close()

    def sync(self) -> None:
        """Store each block as soon as it is read."""
        for step in self._steps():
            self._store(step)

    def rehearse(self, folder: Path) -> None:
        """Read every block, then store all of them in a transaction that is rolled back."""
        steps = []
        for number, step in enumerate(self._steps()):
            (folder / f"{number}.json").write_text(json.dumps(step.objects), encoding="utf-8")
            steps.append(replace(step, objects=[]))
        with suppress(_Undone), transaction.atomic():
            for number, step in enumerate(steps):
                objects = json.loads((folder / f"{number}.json").read_text(encoding="utf-8"))
                self._store(replace(step, objects=objects))
            raise _Undone

    def _steps(self) -> Iterator[_Step]:
        stored = SyncState.objects.filter(source__name=self.plan.source)
        states = {} if self.is_full else {one.kind: one for one in stored}
        for layout in self.platform.layouts:
            state = states.get(layout.kind)
            since = state.since if state else None
            if state and state.pass_started_at:
                begun = state.pass_started_at
                yield from self._pass(layout.kind, since, state.pass_since, begun, state.cursor)
                since = begun
            asked = since - OVERLAP if since else None
            yield from self._pass(layout.kind, since, asked, None, "")

    def _pass(
        self,
        kind: str,
        since: datetime | None,
        pass_since: datetime | None,
        begun: datetime | None,
        cursor: str,
    ) -> Iterator[_Step]:
        """Yield the blocks of a pass over one kind, and the end, which alone moves `since`.

        `begun` is when an interrupted pass began; None for a new pass. The time is the shop's where
        its clock is behind ours: a change after the pass has an earlier time than ours.
        """
        at = now()

        def start() -> datetime:
            return begun or at - self.reader.clock.lag

        for objects, following in self.reader.blocks(kind, pass_since, cursor):
            if objects:
                state = {
                    "since": since,
                    "pass_since": pass_since,
                    "pass_started_at": start(),
                    "cursor": following,
                }
                yield _Step(kind, objects, state)
        ended = {"since": start(), "pass_since": None, "pass_started_at": None, "cursor": ""}
        yield _Step(kind, [], ended, is_end=True)

    def _store(self, step: _Step) -> None:
        if self.is_full and step.kind == CUSTOMERS:
            for one in step.objects:
                self._scratch.add_name(MET, str(one["id"]))
        if not step.is_end:
            self.blocks.store(step.kind, step.objects, lambda: self._note(step))
            return
        with transaction.atomic():
            if not ShopSource.objects.filter(name=self.plan.source).exists():
                # No block was imported, which would have checked the prefix in its transaction.
                Sql(connection).prepare()
                prefix_of(self.plan.source, self.options.get("prefix"))
            source = self._note(step)
            if self.is_full and step.kind == CUSTOMERS:
                self._delete_gone_customers(source)

    def _note(self, step: _Step) -> ShopSource:
        source = note_source(self.plan.source, self.prefix)
        SyncState.objects.update_or_create(source=source, kind=step.kind, defaults=step.state)
        return source

    def _delete_gone_customers(self, source: ShopSource) -> None:
        """Delete the accounts of the source that the shop has no more."""
        rows = SourceRow.objects.filter(
            source=source, kind=SourceRow.Kind.CUSTOMER, row=OuterRef("pk")
        )
        stored = Customer.objects.filter(Exists(rows), kind=CustomerKind.REGISTERED)
        start = with_prefix(self.prefix, "")
        gone, count = [], 0
        for pk, number in stored.values_list("pk", "external_id").iterator():
            count += 1
            if self._scratch.name(MET, number.removeprefix(start)) is None:
                gone.append(pk)
        if not self.options.get("allow_deletions"):
            refuse_many(len(gone), count)
        for block in blocks(gone):
            Customer.objects.filter(pk__in=block).delete()
        if gone:
            self.plan.deleted["customers"] += len(gone)
