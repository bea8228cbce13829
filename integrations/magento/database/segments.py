"""Segments of Maho, imported with the shop: their numbers stand for what the import has stored."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from customers.imports.report import ImportReport
from integrations.magento.database.catalog import SKU, category_code
from integrations.magento.database.shop import MagentoShop
from integrations.shops.converting.output import OURS
from integrations.shops.files.values import slug_of
from integrations.shops.models import ShopSource
from segments.maho.document import Document
from segments.maho.importing import import_segments
from segments.maho.report import Status

TABLE = "customer_segment"
COLUMNS = (
    *("segment_id", "name", "description", "is_active", "conditions_serialized", "website_ids"),
    *("customer_group_ids", "refresh_mode"),
)
# Begins the codes of warnings of refused segments.
REFUSED = "segment_refused:"


class _Codes(Mapping[str, str]):
    """Codes by Maho's numbers, looked up one by one: a shop may have millions of them."""

    def __init__(self, find: Callable[[str], str | None]) -> None:
        self._find = find

    def __getitem__(self, number: str) -> str:
        code = self._find(number)
        if code is None:
            raise KeyError(number)
        return code

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read_segments(shop: MagentoShop) -> Callable[[ImportReport], None] | None:
    """Return what imports the segments of the database; None where it has none.

    A segment that an earlier import has brought is left as it is; one that is refused stops no
    other.
    """
    source, conversion = shop.source, shop.conversion
    if not source.has(TABLE, "conditions_serialized"):
        return None
    columns = ", ".join(source.column(TABLE, name) for name in COLUMNS)
    rows = [
        dict(zip(COLUMNS, row, strict=True))
        for row in source.rows(
            f"SELECT {columns} FROM {source.table(TABLE)} AS t ORDER BY t.segment_id"
        )
    ]
    categories = {number: category_code(number) for number in shop.categories}
    maps: dict[str, Mapping[str, str]] = {
        "website_id": _prefix_codes(shop, shop.websites),
        "store_id": _prefix_codes(
            shop, {number: code for number, (code, _site) in shop.stores.items()}
        ),
        "group_id": shop.groups,
        "region_id": {number: name for number, (_code, name) in shop.regions.items()},
        "category_id": _prefix_codes(shop, categories),
        "product_id": _Codes(lambda number: conversion.scratch.name(SKU, number)),
        "rule_id": _Codes(lambda number: number),
    }

    def store(report: ImportReport) -> None:
        plan = conversion.plan
        # On a terminal the import runs twice: for the question, and after the answer.
        plan.segments.clear()
        for warning in [code for code in plan.warnings if code.startswith(REFUSED)]:
            del plan.warnings[warning]
        known = ShopSource.objects.get(name=plan.source)
        codes: dict[str, Any] = dict(known.segments)
        for row in rows:
            number = row["segment_id"]
            if number in codes:
                plan.segments[codes[number]] = str(Status.IMPORTED)
                continue
            (outcome,) = import_segments(Document([row], maps))
            status = outcome.status
            code = outcome.code or slug_of(row["name"])
            if not outcome.code and code in plan.segments:
                code = f"{code}-{number}"
            plan.segments[code] = str(status)
            if status is not Status.REFUSED:
                codes[number] = code
                continue
            reason = "; ".join(problem.message for problem in outcome.errors)
            sentence = _("segment “{name}” is refused: {reason}")
            plan.warn(f"{REFUSED}{code}", sentence, name=row["name"], reason=reason)
        if codes != known.segments:
            known.segments = codes
            known.save(update_fields=["segments"])

    return store


def _prefix_codes(shop: MagentoShop, codes: Mapping[str, str]) -> dict[str, str]:
    """Return codes with the prefix of the source."""
    prefix = shop.conversion.options.prefix
    return {
        number: code if not prefix or code == OURS else f"{prefix}-{code}"
        for number, code in codes.items()
    }
