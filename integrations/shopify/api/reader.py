"""Shopify's Admin API as blocks of whole objects: bulk operations, and lines of refunds.

The file of a bulk operation stays available for seven days. A cursor is the id of the operation and
the line with which the next block begins: a later run reads the same file.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from customers.imports.run import OnProgress
from integrations.shopify.api.bulk import BulkFile, is_whole, number_of
from integrations.shopify.api.queries import (
    ACCESS_DENIED,
    MORE_LINES,
    REFUNDS,
    STATUS,
    GraphQL,
    access_denied,
    bulk_query,
)
from integrations.shops.apis import client
from integrations.shops.apis.client import ApiFailure, NotFound
from integrations.shops.apis.platforms import ADDED, ShopObject

MOST = 1_000
# Objects with many children make smaller blocks.
MOST_CHILDREN = 20_000
# Orders of one query for refunds.
AT_ONCE = 10
REFUNDS_OF = f"{ADDED}refunds"
REFUNDED = frozenset({"REFUNDED", "PARTIALLY_REFUNDED"})
RUNNING = frozenset({"CREATED", "RUNNING", "CANCELING"})
COMPLETED = "COMPLETED"
IN_PROGRESS = "in progress"
LONGEST_POLL = 30
# A shop computes a result in minutes, rarely in hours.
LONGEST_WAIT = 12 * 3_600


class ShopifyReader:
    """The objects of one shop during one run."""

    def __init__(self, folder: Path, progress: OnProgress | None) -> None:
        self._api, self._progress = GraphQL(), progress
        self.clock = self._api.clock
        self._folder = folder / "reader"
        self._folder.mkdir()

    def blocks(
        self, kind: str, since: datetime | None, cursor: str
    ) -> Iterator[tuple[list[ShopObject], str]]:
        """Yield blocks as `ApiReader.blocks` says. Raises ApiFailure."""
        file = BulkFile(self._folder)
        try:
            name, start, count = self._open(kind, since, cursor, file)
            done = 0
            for block, following in _object_blocks(file.objects(start)):
                if kind == "orders":
                    self._add_refunds(block)
                done += len(block)
                if self._progress:
                    self._progress(kind, done, count)
                yield block, f"{name} {following}"
        finally:
            file.close()

    def _open(
        self, kind: str, since: datetime | None, cursor: str, file: BulkFile
    ) -> tuple[str, int, int]:
        """Load the file of the operation in a cursor, or of a new operation where it is gone.

        Return the id of the operation, the line to begin with and the number of objects. Raises
        ApiFailure.
        """
        name, _blank, line = cursor.partition(" ")
        operation = self._await_operation(kind, name) if name else None
        if operation and operation["status"] == COMPLETED and operation.get("url"):
            with suppress(NotFound):
                return name, int(line), self._load(kind, operation, file)
        operation = self._run(kind, since)
        return operation["id"], 0, self._load(kind, operation, file)

    def _run(self, kind: str, since: datetime | None) -> dict[str, Any]:
        """Run a bulk operation and return it when it has completed. Raises ApiFailure."""
        waited = 0.0
        while True:
            data = self._api.ask(kind, bulk_query(kind, since))
            started = data.get("bulkOperationRunQuery") or {}
            errors = [str(one.get("message", "")) for one in started.get("userErrors") or ()]
            if not errors and (started.get("bulkOperation") or {}).get("id"):
                break
            reason = "; ".join(errors)
            if IN_PROGRESS not in reason or waited > LONGEST_WAIT:
                raise _failure(kind, reason)
            # Older versions of the API run one operation at a time.
            client.pause(LONGEST_POLL)
            waited += LONGEST_POLL
        operation = self._await_operation(kind, started["bulkOperation"]["id"]) or {}
        if operation.get("status") == COMPLETED:
            return operation
        code = str(operation.get("errorCode") or "")
        if code == ACCESS_DENIED:
            raise access_denied(kind)
        raise _failure(kind, " ".join(filter(None, (str(operation.get("status") or ""), code))))

    def _await_operation(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return the bulk operation with an id when it has ended; None where it is unknown."""
        seconds, waited = 1, 0
        while True:
            operation = self._api.ask(kind, STATUS, {"id": name}).get("node")
            if not isinstance(operation, dict) or not operation.get("status"):
                return None
            if operation["status"] not in RUNNING:
                return operation
            if waited > LONGEST_WAIT:
                raise _failure(kind, operation["status"])
            if self._progress:
                self._progress(kind, int(operation.get("objectCount") or 0), 0)
            client.pause(seconds)
            waited += seconds
            seconds = min(2 * seconds, LONGEST_POLL)

    def _load(self, kind: str, operation: dict[str, Any], file: BulkFile) -> int:
        """Load the file of an operation; return how many objects it has. Raises ApiFailure."""
        size = int(operation.get("fileSize") or 0)
        with tempfile.TemporaryFile(dir=self._folder) as lines:
            # A result without objects has no file.
            if operation.get("url"):
                api = self._api.client(kind)
                api.download(operation["url"], lines, lambda found: is_whole(found, size))
            lines.seek(0)
            return file.load(lines)

    def _add_refunds(self, orders: Sequence[ShopObject]) -> None:
        """Add the refunds with their lines to the orders that have refunds."""
        refunded = {
            f"gid://shopify/Order/{one['id']}": one
            for one in orders
            if one.get("refunds") or one.get("displayFinancialStatus") in REFUNDED
        }
        names = [*refunded]
        for start in range(0, len(names), AT_ONCE):
            variables = {"ids": names[start : start + AT_ONCE]}
            for order in self._api.ask("orders", REFUNDS, variables).get("nodes") or ():
                if order and order["id"] in refunded:
                    refunds = [*map(self._whole_refund, order.get("refunds") or ())]
                    refunded[order["id"]][REFUNDS_OF] = refunds

    def _whole_refund(self, refund: ShopObject) -> ShopObject:
        """Return a refund with all of its lines."""
        lines = refund.get("refundLineItems") or {}
        found = _nodes(lines)
        while (lines.get("pageInfo") or {}).get("hasNextPage"):
            variables = {"id": refund["id"], "after": lines["pageInfo"]["endCursor"]}
            node = self._api.ask("orders", MORE_LINES, variables).get("node") or {}
            lines = node.get("refundLineItems") or {}
            found += _nodes(lines)
        return {**refund, "id": number_of(refund["id"]), "refundLineItems": found}


def _nodes(connection: Any) -> list[ShopObject]:
    """Return the objects of a connection."""
    if "nodes" in connection:
        return [*connection["nodes"]]
    return [one["node"] for one in connection.get("edges") or ()]


def _object_blocks(
    objects: Iterator[tuple[int, ShopObject]],
) -> Iterator[tuple[list[ShopObject], int]]:
    """Yield blocks of objects, each with the line behind its last object."""
    block: list[ShopObject] = []
    children = behind = 0
    for position, one in objects:
        count = sum(len(value) for value in one.values() if isinstance(value, list))
        if block and (len(block) == MOST or children + count > MOST_CHILDREN):
            yield block, behind
            block, children = [], 0
        block.append(one)
        children += count
        behind = position + 1
    if block:
        yield block, behind


def _failure(kind: str, reason: str) -> ApiFailure:
    message = _("{kind}: the bulk operation of the shop has failed: {reason}")
    return ApiFailure(message, kind=kind, reason=reason)


def connect(folder: Path, progress: OnProgress | None) -> ShopifyReader:
    """Return the reader of the shop that the settings name."""
    return ShopifyReader(folder, progress)
