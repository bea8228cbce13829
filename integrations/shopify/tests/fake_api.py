"""A Shopify shop's Admin API in a thread, with the sample's files as its objects."""

import csv
import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from integrations.shops.tests.questions import SHOPS

TOKEN = "shpat_known_to_nobody"
KINDS = {"customers": "Customer", "products": "Product", "orders": "Order"}
CHILDREN = {"lineItems": "LineItem", "variants": "ProductVariant", "collections": "Collection"}
FINDS_BULK = re.compile(r"bulkOperationRunQuery\(query: \"\"\"\{ (\w+)(?:\(query: \"(.*?)\"\))? \{")
FINDS_SINCE = re.compile(r"updated_at:>='(.*?)'").fullmatch


class FakeShop:
    """The objects of a shop by kind, and what goes wrong on the way.

    `answers` is called with the kind of each request ("bulk", "poll", "refunds", "file") and its
    text; what it returns (status, headers, body) is answered. `polls` operations stay running for
    so many polls. A file is cut after each of the lengths in `cuts`.
    """

    def __init__(self):
        self.lists = {kind: {} for kind in KINDS}
        self.refunds = {}
        self.files, self.count = {}, 0
        self.requests = []
        self.ranges = []
        self.answers = lambda kind, text: None
        self.polls, self.polled = 0, {}
        self.cuts = []
        self.has_ranges = True
        self.children_first = False
        self.url = ""

    def put(self, kind, number, /, **values):
        one = {"id": f"gid://shopify/{KINDS[kind]}/{number}", **values}
        one.setdefault("updatedAt", "2026-01-02T03:04:05Z")
        self.lists[kind][number] = one
        return one

    def touch(self, kind, number, /, **values):
        """Change an object now."""
        at = f"{datetime.now(UTC) + timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}"
        self.lists[kind][number].update(values, updatedAt=at)

    def customer(self, number, email, /, **values):
        given = {"createdAt": "2026-01-01T00:00:00Z", "tags": [], "addresses": [], **values}
        return self.put("customers", number, email=email, **given)

    def order(self, number, email="ada@example.com", /, **values):
        given = {
            "name": f"#{number}",
            "email": email,
            "createdAt": "2026-01-02T03:04:05Z",
            "displayFinancialStatus": "PAID",
            "displayFulfillmentStatus": "FULFILLED",
            "currencyCode": "EUR",
            "totalPriceSet": money("10.00"),
            "customer": None,
            "billingAddress": {"firstName": "Ada", "lastName": "King"},
            "shippingAddress": None,
            "lineItems": [line(number * 10)],
            "refunds": [],
            **values,
        }
        return self.put("orders", number, **given)

    def refund(self, order, number, amount, *lines):
        """Refund a part of an order; `lines` are pairs of line item and quantity."""
        gid = f"gid://shopify/Refund/{number}"
        nodes = [
            {"quantity": quantity, "subtotalSet": money(amount), "lineItem": item}
            for item, quantity in lines
        ]
        refund = {"id": gid, "createdAt": "2026-02-01T00:00:00Z", "lines": nodes}
        self.refunds[gid] = refund | {"totalRefundedSet": money(amount)}
        self.lists["orders"][order].setdefault("refunds", []).append({"id": gid})
        return gid

    def respond(self, body):
        """Return the kind of a GraphQL request and `data` of the answer."""
        query, variables = body["query"], body.get("variables") or {}
        if found := FINDS_BULK.search(query):
            number = self.count = self.count + 1
            since = FINDS_SINCE(found[2] or "")
            self.files[number] = self.lines(found[1], since[1] if since else "")
            operation = {"id": f"gid://shopify/BulkOperation/{number}", "status": "CREATED"}
            started = {"bulkOperation": operation, "userErrors": []}
            return "bulk", {"bulkOperationRunQuery": started}
        if "BulkOperation" in query:
            return "poll", {"node": self.operation(variables["id"])}
        if "nodes(ids" in query:
            return "refunds", {"nodes": [self.refunded(one) for one in variables["ids"]]}
        refund = self.refunds[variables["id"]]
        return "refunds", {"node": {"id": refund["id"], **self.page(refund, variables["after"])}}

    def operation(self, gid):
        number = int(gid.rpartition("/")[2])
        if number not in self.files:
            return None
        self.polled[number] = self.polled.get(number, 0) + 1
        if self.polled[number] <= self.polls:
            return {"id": gid, "status": "RUNNING", "objectCount": "1"}
        lines = self.files[number]
        url = f"{self.url}/files/{number}.jsonl?signature=s" if lines else None
        return {"id": gid, "status": "COMPLETED", "objectCount": "9", "url": url}

    def refunded(self, gid):
        order = next(one for one in self.lists["orders"].values() if one["id"] == gid)
        found = [self.refunds[one["id"]] for one in order.get("refunds", ())]
        return {
            "id": gid,
            "refunds": [
                {key: one[key] for key in one if key != "lines"} | self.page(one, None)
                for one in found
            ],
        }

    def page(self, refund, after):
        start, most = int(after or 0), 2
        more = len(refund["lines"]) > start + most
        return {
            "refundLineItems": {
                "pageInfo": {"hasNextPage": more, "endCursor": str(start + most)},
                "nodes": refund["lines"][start : start + most],
            }
        }

    def lines(self, kind, since):
        """Return the file of a bulk operation; children are at its end, or at its beginning."""
        roots, children = [], []
        for one in self.lists[kind].values():
            if one["updatedAt"] < since:
                continue
            root = dict(one)
            if kind != "orders":
                del root["updatedAt"]
            for name, values in one.items():
                if name in CHILDREN or name == "metafields":
                    del root[name]
                    children += [{**child, "__parentId": one["id"]} for child in values]
            roots.append(root)
        found = children + roots if self.children_first else roots + children
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found).encode()


def money(amount):
    return {"shopMoney": {"amount": str(amount)}}


def line(number=1, name="Tee", sku="TEE", quantity=1, price="10.00", discount="0.00"):
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "name": name,
        "sku": sku,
        "quantity": quantity,
        "originalUnitPriceSet": money(price),
        "totalDiscountSet": money(discount),
    }


@contextmanager
def serving(shop):
    """Serve a shop at `shop.url` during the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.headers["X-Shopify-Access-Token"] != TOKEN:
                kind, answer = "key", (401, {}, {"errors": "[API] Invalid API key"})
            else:
                assert self.path == "/admin/api/2026-07/graphql.json"
                kind, data = shop.respond(json.loads(text))
                answer = shop.answers(kind, text) or (200, {}, {"data": data})
            shop.requests.append((kind, text))
            status, headers, body = answer
            self._send(status, headers, json.dumps(body).encode())

        def do_GET(self):
            shop.requests.append(("file", self.path))
            assert "X-Shopify-Access-Token" not in self.headers
            content = shop.files[int(self.path.rpartition("/")[2].partition(".")[0])]
            if answer := shop.answers("file", self.path):
                status, headers, body = answer
                self._send(status, headers, json.dumps(body).encode())
                return
            status, headers, start = 200, {}, 0
            asked = self.headers.get("Range", "")
            shop.ranges.append(asked)
            if asked and shop.has_ranges:
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                status = 206
                headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
            end = shop.cuts.pop(0) if shop.cuts else len(content)
            self._send(status, headers, content[start:end], len(content) - start)

        def _send(self, status, headers, content, length=None):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content) if length is None else length))
            self.end_headers()
            self.wfile.write(content)

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
    with (SHOPS / "shopify" / name).open(encoding="utf-8-sig", newline="") as stream:
        return [*csv.DictReader(stream)]


def plain(cell):
    """Return a cell without the apostrophe of a spreadsheet."""
    return cell.removeprefix("'")


def in_utc(cell):
    at = datetime.strptime(cell, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def sample():
    """Return the sample's files as a shop."""
    shop = FakeShop()
    numbers = {}
    for row in read("customers_export.csv"):
        number = int(plain(row["Customer ID"]))
        numbers[row["Email"].strip().lower()] = number
        address = {
            "id": f"gid://shopify/MailingAddress/{number}",
            **{
                name: plain(row[f"Default Address {column}"])
                for name, column in (
                    ("company", "Company"),
                    ("address1", "Address1"),
                    ("address2", "Address2"),
                    ("city", "City"),
                    ("provinceCode", "Province Code"),
                    ("countryCodeV2", "Country Code"),
                    ("zip", "Zip"),
                    ("phone", "Phone"),
                )
            },
        }
        size = row["Shoe size (customer.metafields.custom.shoe_size)"]
        definition = {"name": "Shoe size"}
        metafield = {"namespace": "custom", "key": "shoe_size", "value": plain(size)}
        accepts = row["Accepts Email Marketing"] == "yes"
        shop.put(
            "customers",
            number,
            firstName=row["First Name"],
            lastName=row["Last Name"],
            email=row["Email"] or None,
            phone=plain(row["Phone"]) or None,
            tags=[one.strip() for one in row["Tags"].split(",") if one.strip()],
            createdAt=None,
            emailMarketingConsent={"marketingState": "SUBSCRIBED" if accepts else "UNSUBSCRIBED"},
            defaultAddress={"id": address["id"]},
            addresses=[address],
            metafields=[
                {"id": f"gid://shopify/Metafield/{number}", "definition": definition, **metafield}
            ]
            if size
            else [],
        )
    _put_products(shop)
    _put_orders(shop, numbers)
    return shop


def _put_products(shop):
    for row in read("products_export.csv"):
        if row["Title"]:
            number = len(shop.lists["products"]) + 1
            product = shop.put(
                "products",
                number,
                title=row["Title"],
                vendor=row["Vendor"],
                productType=row["Type"],
                isGiftCard=row["Gift Card"] == "true",
                category={"fullName": row["Product Category"]} if row["Product Category"] else None,
                variants=[],
                collections=[],
            )
        if row["Variant Price"] or row["Variant SKU"]:
            product["variants"].append(
                {
                    "id": f"gid://shopify/ProductVariant/{number}{len(product['variants'])}",
                    "sku": plain(row["Variant SKU"]) or None,
                    "price": row["Variant Price"] or None,
                    "selectedOptions": [
                        {"name": row[f"Option{nth} Name"], "value": row[f"Option{nth} Value"]}
                        for nth in (1, 2, 3)
                        if row[f"Option{nth} Value"]
                    ],
                }
            )


def _address(row, kind):
    return {
        name: plain(row[f"{kind} {column}"])
        for name, column in (
            ("name", "Name"),
            ("company", "Company"),
            ("address1", "Address1"),
            ("address2", "Address2"),
            ("city", "City"),
            ("province", "Province Name"),
            ("provinceCode", "Province"),
            ("zip", "Zip"),
            ("countryCodeV2", "Country"),
            ("phone", "Phone"),
        )
    }


def _put_orders(shop, numbers):
    for row in read("orders_export.csv"):
        number = int(row["Name"].removeprefix("#"))
        item = line(
            number * 10 + len(shop.lists["orders"].get(number, {}).get("lineItems", ())),
            row["Lineitem name"],
            plain(row["Lineitem sku"]) or None,
            int(row["Lineitem quantity"]),
            row["Lineitem price"],
            row["Lineitem discount"],
        )
        if not row["Created at"]:
            shop.lists["orders"][number]["lineItems"].append(item)
            continue
        times = ("Created at", "Paid at", "Fulfilled at", "Cancelled at")
        account = numbers.get(row["Email"].strip().lower()) if row["Email"] else None
        shop.put(
            "orders",
            number,
            name=row["Name"],
            email=row["Email"] or None,
            phone=plain(row["Phone"]) or None,
            createdAt=in_utc(row["Created at"]),
            updatedAt=max(in_utc(row[one]) for one in times if row[one]),
            cancelledAt=in_utc(row["Cancelled at"]) if row["Cancelled at"] else None,
            displayFinancialStatus=row["Financial Status"].upper() or None,
            displayFulfillmentStatus=row["Fulfillment Status"].upper() or "UNFULFILLED",
            currencyCode=row["Currency"],
            discountCodes=[row["Discount Code"]] if row["Discount Code"] else [],
            paymentGatewayNames=[row["Payment Method"]] if row["Payment Method"] else [],
            customerAcceptsMarketing=row["Accepts Marketing"] == "yes",
            customer={"id": f"gid://shopify/Customer/{account}"} if account else None,
            shippingLine={"title": row["Shipping Method"]} if row["Shipping Method"] else None,
            totalTaxSet=money(row["Taxes"]),
            totalShippingPriceSet=money(row["Shipping"]),
            totalDiscountsSet=money(row["Discount Amount"]),
            totalPriceSet=money(row["Total"]),
            billingAddress=_address(row, "Billing"),
            shippingAddress=_address(row, "Shipping"),
            lineItems=[item],
            refunds=[],
        )
        if row["Refunded Amount"].strip("0."):
            shop.refund(number, 900_000 + number, row["Refunded Amount"])
