"""A WooCommerce shop's REST API in a thread, with the sample's files as its objects."""

import base64
import csv
import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from integrations.shops.tests.questions import SHOPS
from integrations.woocommerce.layouts import (
    SPLIT_REFUND,
    SPLIT_REFUNDS,
    category_paths,
    coupons_of,
    pairs_of,
)

ROOT = "/wp-json/wc/v3/"
KEY, SECRET = "ck_of_the_shop", "cs_known_to_nobody"
AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
PARTS = (
    *("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode"),
    *("country", "phone", "email"),
)


class FakeShop:
    """The lists of a shop by the end of their path, and what goes wrong on the way.

    `answers` is called with path and query of each request; what it returns (status, headers, body
    or None for the body that belongs there) is answered; "cut" cuts the connection in the body.
    """

    def __init__(self):
        self.lists = {name: {} for name in ("customers", "products", "orders", "refunds")} | {
            "products/categories": {}
        }
        self.requests = []
        self.answers = lambda path, query: None
        self.pages_said = lambda pages: pages
        # How far its clock is behind ours.
        self.lag = timedelta(0)
        self.url = ""

    def put(self, name, /, **values):
        self.lists.setdefault(name, {})[values["id"]] = values
        return values

    def touch(self, name, number, /, **values):
        """Change an object now, which moves it behind all others."""
        at = f"{datetime.now(UTC) - self.lag + timedelta(seconds=5):%Y-%m-%dT%H:%M:%S}"
        one = self.lists[name].pop(number)
        self.lists[name][number] = {**one, "date_modified_gmt": at, **values}

    def order(self, number, email="ada@example.com", /, **values):
        return self.put(
            "orders",
            **{
                "id": number,
                "number": str(number),
                "status": "completed",
                "currency": "EUR",
                "date_created_gmt": "2026-01-02T03:04:05",
                "date_modified_gmt": "2026-01-02T03:04:05",
                "total_tax": "0.00",
                "shipping_total": "0.00",
                "discount_total": "0.00",
                "total": "10.00",
                "customer_id": 0,
                "billing": {"email": email, "first_name": "Ada", "last_name": "King"},
                "shipping": {},
                "line_items": [line()],
                **values,
            },
        )

    def customer(self, number, email, /, **values):
        given = {"role": "customer", "date_created_gmt": "2026-01-01T00:00:00", **values}
        return self.put("customers", id=number, email=email, billing={}, shipping={}, **given)

    def respond(self, path, query):
        """Return status, headers and body of a request."""
        given = self.answers(path, query)
        if isinstance(given, tuple) and given[2] is not None:
            return given
        name, _slash, number = path.rpartition("/")
        if path not in self.lists and name in self.lists and int(number) in self.lists[name]:
            return 200, {}, self.lists[name][int(number)]
        if path not in self.lists:
            return 404, {}, {"code": "rest_no_route"}
        rows = [*self.lists[path].values()]
        if include := query.get("include"):
            rows = [one for one in rows if str(one["id"]) in include.split(",")]
        if since := query.get("modified_after"):
            assert query["dates_are_gmt"] == "true"
            rows = [one for one in rows if modified(one) > since]
        order = modified if query.get("orderby") == "modified" else lambda one: one["id"]
        rows.sort(key=order)
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        pages = self.pages_said(-(-len(rows) // size))
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
        if isinstance(given, tuple):
            headers |= given[1]
        return 200, headers, rows[(page - 1) * size : page * size]


def modified(one):
    return one.get("date_modified_gmt") or one.get("date_created_gmt", "")


def line(number=1, **values):
    given = {"name": "Tee", "product_id": 7, "variation_id": 0, "quantity": 1, "sku": "TEE"}
    return {"id": number, "subtotal": "10.00", "total": "10.00", **given, **values}


@contextmanager
def serving(shop):
    """Serve a shop at `shop.url` during the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            path = parts.path.removeprefix(ROOT)
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            shop.requests.append((path, query))
            if self.headers["Authorization"] != AUTHORIZATION:
                status, headers, body = 401, {}, {"code": "woocommerce_rest_cannot_view"}
            else:
                status, headers, body = shop.respond(path, query)
            is_cut = body == "cut"
            text = json.dumps(body).encode() if not isinstance(body, bytes) else body
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text) + 100 * is_cut))
            self.end_headers()
            self.wfile.write(text)

        def date_time_string(self, timestamp=None):
            at = time.time() - shop.lag.total_seconds()
            return super().date_time_string(timestamp or at)

        def log_message(self, *_values):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def read(name):
    with (SHOPS / "woocommerce" / name).open(encoding="utf-8-sig", newline="") as stream:
        return [*csv.DictReader(stream)]


def in_utc(text):
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def address(row, kind):
    return {part: row.get(f"{kind}_{part}", "") or "" for part in PARTS}


def sample():
    """Return the sample's files as a shop."""
    shop = FakeShop()
    for row in read("user_export.csv"):
        shop.put(
            "customers",
            id=int(row["ID"]),
            email=row["user_email"],
            first_name=row["first_name"],
            last_name=row["last_name"],
            role=row["roles"].partition(",")[0].strip(),
            date_created_gmt=row["user_registered"].replace(" ", "T"),
            billing=address(row, "billing"),
            shipping=address(row, "shipping"),
            meta_data=[],
        )
    _put_products(shop)
    for row in read("order_export.csv"):
        _put_order(shop, row)
    return shop


def _put_products(shop):
    categories = {}

    def category(path):
        for depth in range(1, len(path) + 1):
            if tuple(path[:depth]) not in categories:
                number = categories[tuple(path[:depth])] = len(categories) + 500
                # WordPress stores names escaped.
                name = path[depth - 1].replace("&", "&amp;")
                parent = categories.get(tuple(path[: depth - 1]), 0)
                shop.put("products/categories", id=number, name=name, parent=parent)
        number = categories[tuple(path)]
        return {"id": number, "name": shop.lists["products/categories"][number]["name"]}

    rows = read("wc-product-export.csv")
    numbers = {row["SKU"]: int(row["ID"]) for row in rows if row["SKU"]}
    for row in rows:
        kinds = [one.strip() for one in row["Type"].split(",")]
        is_variation = "variation" in kinds
        attributes = []
        for nth in (1, 2, 3):
            if name := row.get(f"Attribute {nth} name"):
                value = row[f"Attribute {nth} value(s)"]
                given = {"option": value} if is_variation else {"options": value.split(", ")}
                attributes.append({"id": 0, "name": name, **given})
        values = {
            "id": int(row["ID"]),
            "name": row["Name"],
            "type": kinds[0],
            "status": "publish",
            "sku": row["SKU"],
            "regular_price": row["Regular price"],
            "sale_price": row["Sale price"],
            "date_on_sale_from": row["Date sale price starts"] or None,
            "date_on_sale_to": row["Date sale price ends"] or None,
            "downloadable": "downloadable" in kinds,
            "virtual": "virtual" in kinds,
            "attributes": attributes,
            "date_modified_gmt": "2026-01-01T00:00:00",
        }
        if is_variation:
            parent = row["Parent"]
            of = numbers.get(parent) or int(parent.removeprefix("id:"))
            del values["name"], values["type"]
            shop.put(f"products/{of}/variations", **values)
            continue
        values["categories"] = [category(path) for path in category_paths(row["Categories"])]
        values["brands"] = [{"id": 1, "name": row["Brands"]}] if row["Brands"] else []
        shop.put("products", **values)


def _put_order(shop, row):
    number, created = int(row["order_id"]), in_utc(row["order_date"])
    paid = in_utc(row["paid_date"]) if row["paid_date"] else created
    lines = []
    for nth in range(1, 5):
        if cell := row.get(f"line_item_{nth}"):
            pairs = pairs_of(cell)
            lines.append(
                {
                    "id": number * 10 + nth,
                    "name": pairs["name"],
                    "product_id": int(pairs["product_id"]),
                    "variation_id": 0,
                    "sku": pairs["sku"] or None,
                    "quantity": int(pairs["quantity"]),
                    "subtotal": pairs["sub_total"],
                    "total": pairs["total"],
                }
            )
    email = row["billing_email"] or row["customer_email"]
    shop.put(
        "orders",
        id=number,
        number=row["order_number"],
        status=row["status"].removeprefix("wc-"),
        currency=row["order_currency"],
        date_created_gmt=created,
        date_modified_gmt=max(created, paid),
        total_tax=row["tax_total"],
        shipping_total=row["shipping_total"],
        discount_total=row["discount_total"],
        total=row["order_total"],
        customer_id=int(row["customer_id"] or 0),
        billing={**address(row, "billing"), "email": email},
        shipping={key: one for key, one in address(row, "shipping").items() if key != "email"},
        payment_method=row["payment_method"],
        line_items=lines,
        coupon_lines=[{"id": 1, "code": code} for code in coupons_of(row)],
        shipping_lines=[{"id": 1, "method_title": row["shipping_method"]}],
        fee_lines=[],
    )
    for part in SPLIT_REFUNDS(row["refund_items"]) if row["refund_items"].strip() else []:
        pairs = pairs_of(part, SPLIT_REFUND)
        shop.put(
            "refunds",
            id=100_001 + len(shop.lists["refunds"]),
            parent_id=number,
            amount=pairs["amount"],
            date_created_gmt=in_utc(pairs["date"]),
            line_items=[],
        )
