"""WooCommerce's REST API (v3) as blocks of whole objects.

Lists are read from their last page to the first. A row that changes meanwhile moves behind all
others, a row that is deleted is closed up for, a new one comes last: the rows not read yet are only
ever moved to pages that are still to be read. So no row is lost, and the number of a page is enough
to go on with.
"""

import html
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from core.text.sentences import Sentence
from customers.imports.run import OnProgress
from integrations.shops.apis.client import Access, ApiClient, ApiFailure, BadRequest, NotFound
from integrations.shops.apis.platforms import ADDED, ShopObject
from integrations.shops.converting.scratch import Scratch
from integrations.woocommerce.layouts import LEFT_OUT

ROOT = "/wp-json/wc/v3"
PER_PAGE = 100
MOST = 1_000
NUMBER = "number of an order"
VARIABLE = "variable"
PATHS, VARIATIONS, ORDER = f"{ADDED}paths", f"{ADDED}variations", f"{ADDED}order"


class WooCommerceReader:
    """The lists of one shop during one run."""

    def __init__(self, client: ApiClient, folder: Path, progress: OnProgress | None) -> None:
        self._client, self._progress = client, progress
        self.clock = client.clock
        place = folder / "reader"
        place.mkdir()
        # Numbers of orders by their ids; "" for those that are left out.
        self._scratch = Scratch(place)
        self._categories: dict[int, tuple[str, int]] | None = None
        # The page that was read to find the last one.
        self._probed: tuple[Any, list[ShopObject]] = ((), [])

    def blocks(
        self, kind: str, since: datetime | None, cursor: str
    ) -> Iterator[tuple[list[ShopObject], str]]:
        """Yield blocks as `ApiReader.blocks` says. Raises ApiFailure."""
        query = _query(kind, since)
        path = f"{ROOT}/{kind}"
        page = int(cursor) if cursor else self._last_page(path, query)
        last = page
        block: dict[int, ShopObject] = {}
        size = 0
        while page:
            found = self._complete(kind, self._page(path, query, page))
            count = sum(1 + len(one.get(VARIATIONS, ())) for one in found)
            if block and size + count > MOST:
                yield [*block.values()], str(page)
                block, size = {}, 0
            # If a row has moved and is read again into this block, its newer state counts.
            block |= {one["id"]: one for one in found}
            size += count
            page -= 1
            if self._progress:
                self._progress(kind, last - page, last)
        if block:
            yield [*block.values()], "0"

    def _last_page(self, path: str, query: dict[str, str]) -> int:
        """Return the last page that has rows, whatever the header says; 0 where none has."""
        answer = self._client.get(path, {**query, "page": "1"})
        rows = _rows(answer.data, path)
        last = max(answer.number("X-WP-TotalPages"), 1) if rows else 0
        while last > 1 and not (found := self._fetch(path, query, last)):
            last //= 2
        if last > 1:
            rows = found
        while len(rows) == PER_PAGE and (found := self._fetch(path, query, last + 1)):
            last, rows = last + 1, found
        self._probed = ((path, last), rows)
        return last

    def _page(self, path: str, query: dict[str, str], page: int) -> list[ShopObject]:
        known, rows = self._probed
        self._probed = ((), [])
        return rows if known == (path, page) else self._fetch(path, query, page)

    def _fetch(self, path: str, query: dict[str, str], page: int) -> list[ShopObject]:
        try:
            return _rows(self._client.get(path, {**query, "page": str(page)}).data, path)
        except (BadRequest, NotFound):
            if page == 1:
                raise
            return []  # Behind the last page.

    def _all(self, path: str) -> Iterator[ShopObject]:
        """Yield the objects of a list, a row that has moved meanwhile twice."""
        query = {"per_page": str(PER_PAGE), "orderby": "id", "order": "asc"}
        for page in range(self._last_page(path, query), 0, -1):
            yield from self._page(path, query, page)

    def _complete(self, kind: str, rows: list[ShopObject]) -> list[ShopObject]:
        """Return objects with what other lists say of them."""
        if kind == "products":
            for one in rows:
                self._complete_product(one)
        elif kind == "orders":
            for one in rows:
                self._note_order(one)
        elif kind == "refunds":
            self._find_orders({one["parent_id"] for one in rows if one.get("parent_id")})
            for one in rows:
                one[ORDER] = self._number(one.get("parent_id")) or ""
        return rows

    def _complete_product(self, product: ShopObject) -> None:
        product[PATHS] = [
            self._category_path(one["id"], html.unescape(str(one.get("name") or "")))
            for one in product.get("categories") or ()
        ]
        if product.get("type") == VARIABLE or product.get("variations"):
            path = f"{ROOT}/products/{int(product['id'])}/variations"
            try:
                found = {one["id"]: one for one in self._all(path)}
            except NotFound:  # Deleted since.
                found = {}
            product[VARIATIONS] = sorted(found.values(), key=lambda one: int(one["id"]))

    def _category_path(self, number: int, name: str) -> list[str]:
        """Return the names of a category from the top to it."""
        if self._categories is None:
            path = f"{ROOT}/products/categories"
            self._categories = {
                int(one["id"]): (html.unescape(str(one["name"])), int(one.get("parent") or 0))
                for one in self._all(path)
            }
        names: list[str] = []
        met: set[int] = set()
        at = number
        while at in self._categories and at not in met:
            met.add(at)
            found, at = self._categories[at]
            names.insert(0, found)
        return names or [name]

    def _note_order(self, order: ShopObject) -> None:
        is_left_out = order.get("status") in LEFT_OUT
        number = "" if is_left_out else str(order.get("number") or order["id"])
        self._scratch.add_name(NUMBER, str(order["id"]), number)

    def _number(self, order: Any) -> str | None:
        return self._scratch.name(NUMBER, str(order))

    def _find_orders(self, orders: set[int]) -> None:
        """Learn the numbers of orders that this run has not read."""
        unknown = sorted(one for one in orders if self._number(one) is None)
        if not unknown:
            return
        query = {"include": ",".join(map(str, unknown)), "per_page": str(PER_PAGE)}
        path = f"{ROOT}/orders"
        for one in _rows(self._client.get(path, query).data, path):
            self._note_order(one)
        for number in unknown:
            if self._number(number) is not None:
                continue
            try:
                order = self._client.get(f"{path}/{int(number)}", {}).data
            except NotFound:
                self._scratch.add_name(NUMBER, str(number), "")
            else:
                self._note_order(order)


def connect(folder: Path, progress: OnProgress | None) -> WooCommerceReader:
    """Return the reader of the shop that the settings name."""
    pair = f"{settings.WOOCOMMERCE_KEY}:{settings.WOOCOMMERCE_SECRET}"
    access = Access(
        settings.WOOCOMMERCE_URL,
        {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"},
        "WOOCOMMERCE_URL",
        "WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET",
        Sentence(_("the permission “Read” (WooCommerce → Settings → Advanced → REST API)"), {}),
    )
    return WooCommerceReader(ApiClient(access), folder, progress)


def _query(kind: str, since: datetime | None) -> dict[str, str]:
    """Return what a list is asked for; customers cannot be asked for by their changes."""
    query = {"per_page": str(PER_PAGE), "order": "asc"}
    if kind == "customers":
        return {**query, "orderby": "id", "role": "all"}
    query["orderby"] = "modified"
    if since is not None:
        query["modified_after"] = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        query["dates_are_gmt"] = "true"
    return query


def _rows(data: Any, path: str) -> list[ShopObject]:
    """Return the objects of a list. Raises ApiFailure for anything else."""
    if not isinstance(data, list) or not all(
        isinstance(one, dict) and isinstance(one.get("id"), int) for one in data
    ):
        raise ApiFailure(_("{path}: the answer is no list of objects with ids"), path=path)
    return data
