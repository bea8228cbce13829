"""Refunds of an order by files, which number them by the order, and by the API of the same shop."""

import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from customers.imports.report import ImportReport
from customers.models import Refund
from integrations.shops.converting.conversion import Conversion
from integrations.shops.databases.deletions import SEPARATOR, blocks, note_rows, written_keys
from integrations.shops.models import ShopSource, SourceRow
from integrations.shops.sources import with_prefix

KNOWN = "order whose refunds the API knows"
STORED = "order whose refunds files have numbered"
ABSENT = "stored refund that the files no longer have"
NUMBER = Concat(F("order__number"), Value("-R"))
IS_ENDING = re.compile(r"-R[0-9]*").fullmatch
BATCH = 2_000


def has_all_refunds(report: ImportReport) -> bool:
    """Return whether an import has left out no order and no refund."""
    files = ("orders.csv", "refunds.csv")
    return not any(one.refused for one in report.files if one.file in files)


class ListedRefunds:
    """The refunds of a block that an API gives, and what its orders list.

    Numbers of orders and refunds are those of the source.
    """

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        # As stored: refunds that are given, those that orders list, orders without any refund.
        self._given: list[str] = []
        self._listed: set[str] = set()
        self._unrefunded: list[str] = []
        # The orders whose refunds are all listed, with the times of their last change.
        self._orders: list[tuple[str, str]] = []

    def note_given(self, refund: str) -> None:
        """Note a refund that the API gives."""
        self._given.append(self._stored(refund))

    def note_order(self, order: str, updated_at: str, refunds: Iterable[str]) -> None:
        """Note an order, changed at `updated_at` (as conversions write times), and its refunds."""
        self._orders.append((self._stored(order), updated_at))
        self._listed.update(map(self._stored, refunds))

    def note_unrefunded(self, order: str) -> None:
        """Note an order for which files have no refund, either."""
        self._unrefunded.append(self._stored(order))

    def delete_others(self, report: ImportReport) -> None:
        """Delete the refunds that the API has replaced or no longer has.

        Replaced are the refunds of files of an order of which the API gives its own, or which has
        none. Orders that list their refunds keep those that the import has left out.
        """
        stored = Refund.objects.filter(number__in=self._given)
        orders = {*stored.values_list("order__number", flat=True)}
        if has_all_refunds(report):
            orders.update(self._unrefunded)
            is_own = _matches_own_numbers(self._conversion)
            stored = Refund.objects.all()
            _delete_unlisted(
                self._conversion,
                self._orders,
                stored,
                lambda number: not is_own(number) or number in self._listed,
            )
        _delete_numbered(self._conversion, Refund.objects.filter(order__number__in=orders))

    def _stored(self, number: str) -> str:
        return with_prefix(self._conversion.options.prefix, number)


def delete_unlisted_refunds(
    conversion: Conversion, is_listed: Callable[[str], bool], report: ImportReport
) -> None:
    """Delete the refunds of the orders of this import that their shop's database no longer has.

    `is_listed` returns whether the database has a refund, by its number there.
    """
    start = with_prefix(conversion.options.prefix, "")
    stored = Refund.objects.filter(number__startswith=start)
    is_own = _matches_own_numbers(conversion)

    def stays(number: str) -> bool:
        return not is_own(number) or is_listed(number.removeprefix(start))

    _delete_of_database(conversion, stored, stays, report)


def delete_unlisted_noted_refunds(
    conversion: Conversion, is_listed: Callable[[str], bool], report: ImportReport, read_at: str
) -> None:
    """Delete the same where numbers do not tell whose refunds are: only those noted of the source.

    The refunds of this import are noted. `read_at` (UTC) is when the database was read: refunds
    leave the times of their orders as they are.
    """
    source = ShopSource.objects.get(name=conversion.plan.source)
    kind = SourceRow.Kind.REFUND
    keys = written_keys(conversion, "refunds", ("number",))
    note_rows(source, kind, Refund, keys, number="number")
    start = with_prefix(conversion.options.prefix, "")
    noted = SourceRow.objects.filter(source=source, kind=kind, row=OuterRef("pk"))
    stored = Refund.objects.filter(Exists(noted))

    def stays(number: str) -> bool:
        return is_listed(number.removeprefix(start))

    _delete_of_database(conversion, stored, stays, report, read_at)


def _delete_of_database(
    conversion: Conversion,
    stored: QuerySet[Refund],
    stays: Callable[[str], bool],
    report: ImportReport,
    read_at: str = "",
) -> None:
    found = stored.values_list("number", flat=True).iterator(chunk_size=BATCH)
    if not has_all_refunds(report) or all(map(stays, found)):
        return
    rows = written_keys(conversion, "orders", ("number", "updated_at"))
    parts = (row.partition(SEPARATOR) for row in rows)
    orders = ((order, read_at or at) for order, _, at in parts)
    _delete_unlisted(conversion, orders, stored, stays)


def _delete_unlisted(
    conversion: Conversion,
    orders: Iterable[tuple[str, str]],
    stored: QuerySet[Refund],
    stays: Callable[[str], bool],
) -> None:
    """Delete those of the refunds `stored` of `orders` whose numbers do not stay.

    An order is a stored number and the time of the change that was read. A refund that was made
    later, or one of an order that an event has changed since, may have come by an event since.
    """
    gone = []
    for block in blocks(orders):
        moments = dict(block)
        refunds = stored.filter(order__number__in=moments)
        columns = ("pk", "number", "order__number", "order__updated_at", "created_at")
        for pk, number, order, *changes in refunds.values_list(*columns):
            read_at = moments[order]
            is_newer = bool(read_at) and max(changes) > datetime.fromisoformat(read_at).replace(
                tzinfo=UTC
            )
            if not stays(number) and not is_newer:
                gone.append(pk)
    _delete(conversion, gone)


def _matches_own_numbers(conversion: Conversion) -> Callable[[str], object]:
    """Return what tells the numbers, as stored, that the shop itself gives: digits alone."""
    start = re.escape(with_prefix(conversion.options.prefix, ""))
    return re.compile(rf"{start}[0-9]+").fullmatch


def delete_refunds_of_files(conversion: Conversion) -> None:
    """Delete all refunds of the source that files of the shop have numbered by their orders."""
    prefix = conversion.options.prefix
    refunds = Refund.objects.filter(order__number__startswith=with_prefix(prefix, ""))
    if not prefix:
        for other in ShopSource.objects.exclude(prefix="").values_list("prefix", flat=True):
            refunds = refunds.exclude(order__number__startswith=with_prefix(other, ""))
    _delete_numbered(conversion, refunds)


def _delete_numbered(conversion: Conversion, refunds: QuerySet[Refund]) -> None:
    """Delete those of `refunds` that have a number as files of the shop give them.

    A number such as 1001-RMA7, which another program has given, begins as these do.
    """
    numbered = refunds.filter(number__startswith=NUMBER).values_list(
        "pk", "order__number", "number"
    )
    gone = [
        pk
        for pk, order, number in numbered.iterator(chunk_size=BATCH)
        if number.startswith(order) and IS_ENDING(number[len(order) :])
    ]
    _delete(conversion, gone)


def _delete(conversion: Conversion, refunds: Collection[int]) -> None:
    """Delete refunds by their primary keys and count them."""
    for block in blocks(refunds):
        Refund.objects.filter(pk__in=block).delete()
    if refunds:
        conversion.plan.deleted["refunds"] += len(refunds)


class StoredRefunds:
    """The refunds that are stored of the source's orders, by orders as the source numbers them."""

    def __init__(self, conversion: Conversion) -> None:
        self._scratch = conversion.scratch
        start = with_prefix(conversion.options.prefix, "")
        refunds = Refund.objects.filter(order__number__startswith=start)
        refunds = refunds.order_by("order__number", "number")
        known = refunds.exclude(number__startswith=NUMBER).values_list("order__number", flat=True)
        for order in known.iterator(chunk_size=BATCH):
            self._scratch.add_name(KNOWN, order.removeprefix(start))
        numbered = refunds.filter(number__startswith=NUMBER)
        rows = numbered.values_list("order__number", "number").iterator(chunk_size=BATCH)
        self._has_numbered = False
        for order, found in groupby(rows, key=itemgetter(0)):
            endings = [number[len(order) :] for _order, number in found]
            numbered_by_files = json.dumps([*filter(IS_ENDING, endings)])
            self._scratch.add_name(STORED, order.removeprefix(start), numbered_by_files)
            self._has_numbered = True

    def are_of_api(self, order: str) -> bool:
        """Return whether the API has given the refunds of an order: files know less of these."""
        return self._scratch.name(KNOWN, order) is not None

    def note_absent(self, order: str, endings: Collection[str]) -> None:
        """Note the stored refunds of an order that its row in the file no longer has.

        The number of a refund in the row is that of the order and one of `endings`.
        """
        stored = self._scratch.name(STORED, order) if self._has_numbered else None
        for ending in json.loads(stored) if stored else ():
            if ending not in endings:
                self._scratch.add_name(ABSENT, f"{order}{ending}")


def delete_absent_refunds(conversion: Conversion) -> None:
    """Delete the refunds that `StoredRefunds` has noted as absent: the shop has taken them back."""
    prefix, count = conversion.options.prefix, 0
    for block in blocks(number for number, _value in conversion.scratch.names(ABSENT)):
        absent = Refund.objects.filter(number__in=[with_prefix(prefix, one) for one in block])
        count += absent.count()
        absent.delete()
    if count:
        # On a terminal the import runs twice: for the question, and after the answer.
        conversion.plan.deleted["refunds"] = count
