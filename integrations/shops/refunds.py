"""Refunds of an order by files, which number them by the order, and by the API of the same shop."""

import json
import re
from collections.abc import Collection, Iterable
from itertools import groupby
from operator import itemgetter

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from customers.imports.report import ImportReport
from customers.models import Refund
from integrations.shops.conversion import Conversion
from integrations.shops.databases.deletions import blocks
from integrations.shops.models import ShopSource
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


def delete_replaced_refunds(
    conversion: Conversion, given: Iterable[str], unrefunded: Iterable[str], report: ImportReport
) -> None:
    """Delete the refunds of files for which the API has given its own, or says there are none.

    `given` are the stored numbers of the API's refunds, `unrefunded` those of orders without any:
    these keep their refunds where the import has left out rows, which may be theirs.
    """
    stored = Refund.objects.filter(number__in=[*given])
    orders = {*stored.values_list("order__number", flat=True)}
    if has_all_refunds(report):
        orders.update(unrefunded)
    _delete_numbered(conversion, Refund.objects.filter(order__number__in=orders))


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
    for block in blocks(gone):
        Refund.objects.filter(pk__in=block).delete()
    if gone:
        conversion.plan.deleted["refunds"] += len(gone)


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
