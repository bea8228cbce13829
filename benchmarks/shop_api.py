"""Whether a big shop read from a failing API ends as its files do, and what both take.

Makes a WooCommerce shop of `--orders` orders, each with one to four lines, of two customers for
five orders; a quarter of the buyers are guests. A server gives the shop by the REST API: every
50th request is answered with 429, every 70th connection is cut in the middle of the body. One
empty, migrated database gets the shop's export files, another one `sync_shop`, which is killed
with SIGKILL `--kills` times on the way and then started again. All rows are compared by their
natural keys. `DATABASE_URL` names the server of the databases, which are made and dropped by each
run: `--database` and the same with `_api`. Ends with status 1 where the rows differ.
"""

import argparse
import csv
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.imports import manage

ROOT = "/wp-json/wc/v3/"
BUSY_EVERY, CUT_EVERY = 50, 70
SKUS = 2_000
RUN = """
import io, resource, sys, time
import django
django.setup()
from django.core.management import call_command
begun = time.perf_counter()
call_command(*sys.argv[1:], stdout=io.StringIO())
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(time.perf_counter() - begun, most)
"""
ADDRESS = ("first_name", "last_name", "address_1", "city", "postcode", "country", "phone")
ORDERS: tuple[str, ...] = (
    *("order_id", "order_number", "order_date", "status", "order_total", "order_currency"),
    *("tax_total", "shipping_total", "discount_total", "customer_id", "billing_email"),
    *("payment_method", "shipping_method", *(f"line_item_{nth}" for nth in range(1, 5))),
    *(f"{kind}_{part}" for kind in ("billing", "shipping") for part in ADDRESS),
)
CUSTOMERS: tuple[str, ...] = (
    *("ID", "user_email", "user_registered", "roles", "first_name", "last_name"),
    *(f"{kind}_{part}" for kind in ("billing", "shipping") for part in ADDRESS),
)
# The rows by their natural keys; keys of the database differ.
ROWS = {
    "customers": (
        "SELECT c.external_id, c.kind, c.email, c.first_name, c.last_name, c.registered_at,"
        " g.code FROM customers_customer AS c LEFT JOIN customers_customergroup AS g"
        " ON g.id = c.group_id"
    ),
    "addresses": (
        "SELECT c.external_id, a.first_name, a.last_name, a.street, a.city, a.postcode, a.country,"
        " a.telephone, a.is_default_billing, a.is_default_shipping FROM customers_address AS a"
        " JOIN customers_customer AS c ON c.id = a.customer_id"
    ),
    "orders": (
        "SELECT o.number, c.external_id, o.state, o.status, o.created_at, o.updated_at, o.currency,"
        " o.subtotal, o.grand_total, o.tax_amount, o.discount_amount, o.payment_method,"
        " o.shipping_method, o.billing_city, o.shipping_city, o.total_quantity"
        " FROM customers_order AS o LEFT JOIN customers_customer AS c ON c.id = o.customer_id"
    ),
    "lines": (
        "SELECT o.number, i.line, p.sku, i.name, i.quantity, i.price, i.row_total,"
        " i.discount_amount FROM customers_orderitem AS i JOIN customers_order AS o"
        " ON o.id = i.order_id JOIN customers_product AS p ON p.id = i.product_id"
    ),
}


class Shop:
    """Customers and orders that are made of their numbers, so that nothing is kept."""

    def __init__(self, orders: int) -> None:
        self.orders, self.accounts = orders, orders * 2 // 5

    def customer(self, number: int) -> dict[str, Any]:
        """Return the account `number`, from 1, as the API has it."""
        return {
            "id": number,
            "email": f"c{number}@example.com",
            "first_name": "Ada",
            "last_name": f"Byron {number}",
            "role": "customer",
            "date_created_gmt": f"2020-{1 + number % 12:02}-{1 + number % 28:02}T08:00:00",
            "billing": _address(number),
            "shipping": _address(number),
            "meta_data": [],
        }

    def order(self, number: int) -> dict[str, Any]:
        """Return the order `number`, from 1, as the API has it; later orders have later times."""
        chance = random.Random(number)
        buyer = 1 + int(self.accounts * 4 / 3 * chance.random() ** 2)
        is_guest = buyer > self.accounts
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_600_000_000 + number * 600))
        lines = [_line(number, nth, chance) for nth in range(1, 1 + chance.randint(1, 4))]
        total = sum(float(one["total"]) for one in lines)
        return {
            "id": number,
            "number": str(number),
            "status": ("completed", "processing", "on-hold")[number % 3],
            "currency": "EUR",
            "date_created_gmt": at,
            "date_modified_gmt": at,
            "total_tax": "8.00",
            "shipping_total": "4.90",
            "discount_total": "0.00",
            "total": f"{total + 4.9:.2f}",
            "customer_id": 0 if is_guest else buyer,
            "billing": {**_address(buyer), "email": f"{'gc'[not is_guest]}{buyer}@example.com"},
            "shipping": _address(buyer),
            "payment_method": "card",
            "line_items": lines,
            "coupon_lines": [],
            "shipping_lines": [{"id": 1, "method_title": "Post"}],
            "fee_lines": [],
            "refunds": [],
        }

    def list(self, name: str, query: dict[str, str]) -> tuple[int, list[dict[str, Any]]]:
        """Return the number of pages of a list, and the page that is asked for."""
        make = {"customers": self.customer, "orders": self.order}.get(name)
        total = {"customers": self.accounts, "orders": self.orders}.get(name, 0)
        first = 1
        if since := query.get("modified_after"):
            times = (self.order(one)["date_modified_gmt"] for one in count(1))
            first = next(at for at, one in enumerate(times, 1) if one > since or at > total)
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        begin = first + (page - 1) * size
        numbers = range(begin, min(begin + size, total + 1))
        return -(-(total - first + 1) // size), [make(one) for one in numbers] if make else []

    def write_files(self, folder: Path) -> None:
        """Write the files that plugins of WooCommerce export."""
        with (folder / "users.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, CUSTOMERS)
            writer.writeheader()
            writer.writerows(map(_customer_row, map(self.customer, range(1, self.accounts + 1))))
        with (folder / "orders.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, ORDERS)
            writer.writeheader()
            writer.writerows(map(_order_row, map(self.order, range(1, self.orders + 1))))


def _address(number: int) -> dict[str, str]:
    city = ("Berlin", "Lyon", "Graz", "Bonn")[number % 4]
    values = ("Ada", f"Byron {number}", f"{number % 90} Mill Street", city, "01067", "DE", "123")
    return dict(zip(ADDRESS, values, strict=True))


def _line(order: int, nth: int, chance: random.Random) -> dict[str, Any]:
    sku = int(SKUS * chance.random() ** 2)
    total = f"{(5 + sku % 90) * (1 + sku % 3)}.00"
    return {
        "id": order * 10 + nth,
        "name": f"Product {sku}",
        "product_id": sku + 1,
        "variation_id": 0,
        "sku": f"S{sku}",
        "quantity": 1 + sku % 3,
        "subtotal": total,
        "total": total,
    }


def _places(one: dict[str, Any]) -> dict[str, str]:
    return {
        f"{kind}_{part}": one[kind][part] for kind in ("billing", "shipping") for part in ADDRESS
    }


def _customer_row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "ID": one["id"],
        "user_email": one["email"],
        "user_registered": one["date_created_gmt"].replace("T", " "),
        "roles": one["role"],
        "first_name": one["first_name"],
        "last_name": one["last_name"],
        **_places(one),
    }


def _order_row(one: dict[str, Any]) -> dict[str, Any]:
    lines = {
        f"line_item_{nth}": "|".join(
            f"{name}:{line[key]}"
            for name, key in (
                *(("name", "name"), ("product_id", "product_id"), ("sku", "sku")),
                *(("quantity", "quantity"), ("total", "total"), ("sub_total", "subtotal")),
            )
        )
        for nth, line in enumerate(one["line_items"], 1)
    }
    return {
        "order_id": one["id"],
        "order_number": one["number"],
        "order_date": one["date_created_gmt"].replace("T", " "),
        "status": one["status"],
        "order_total": one["total"],
        "order_currency": one["currency"],
        "tax_total": one["total_tax"],
        "shipping_total": one["shipping_total"],
        "discount_total": one["discount_total"],
        "customer_id": one["customer_id"],
        "billing_email": one["billing"]["email"],
        "payment_method": one["payment_method"],
        "shipping_method": "Post",
        **lines,
        **_places(one),
    }


def serve(orders: int, port: "multiprocessing.Queue[int]") -> None:
    """Serve the shop for ever, with failures; put the port into the queue."""
    shop, numbers = Shop(orders), count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number, parts = next(numbers), urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            pages, rows = shop.list(parts.path.removeprefix(ROOT), query)
            body = json.dumps(rows).encode()
            is_busy, is_cut = not number % BUSY_EVERY, not number % CUT_EVERY
            self.send_response(429 if is_busy else 200)
            self.send_header("Retry-After", "1")
            self.send_header("X-WP-TotalPages", str(pages))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if is_cut else body)

        def log_message(self, *_values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.put(server.server_port)
    server.serve_forever()


def run(environment: dict[str, str], *command: str) -> tuple[float, float]:
    """Return the seconds that a command takes, and the memory of its process in MB."""
    line = [sys.executable, "-c", RUN, *command]
    done = subprocess.run(line, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    took, most = map(float, done.stdout.split())
    return took, most


def kill_after(seconds: float, environment: dict[str, str], *command: str) -> None:
    """Start a command and kill it so many seconds later."""
    line = [sys.executable, "-c", RUN, *command]
    with subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.kill()


def digests(address: str) -> Iterator[tuple[str, int, str]]:
    """Yield the name, the number and a checksum of the rows of each kind."""
    with psycopg.connect(address) as connection:
        for name, query in ROWS.items():
            row = connection.execute(
                sql.SQL(
                    "SELECT count(*), COALESCE(sum(hashtextextended(r::text, 0)::numeric), 0)"
                    " FROM ({}) AS r"
                ).format(sql.SQL(query))
            ).fetchone()
            assert row is not None
            yield name, row[0], str(row[1])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--database", default="benchmark_shop_api")
    asked = parser.parse_args(arguments)
    address = urlsplit(os.environ["DATABASE_URL"])
    names = (asked.database, f"{asked.database}_api")
    by_file, by_api = (urlunsplit(address._replace(path=f"/{name}")) for name in names)
    queue: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(asked.orders, queue), daemon=True)
    server.start()
    shared = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
        "BASE_CURRENCY": "EUR",
        "WOOCOMMERCE_URL": f"http://127.0.0.1:{queue.get()}",
        "WOOCOMMERCE_KEY": "ck_of_the_benchmark",
        "WOOCOMMERCE_SECRET": "cs_of_the_benchmark",
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(urlunsplit(address), autocommit=True) as database,
    ):
        Shop(asked.orders).write_files(Path(folder))
        try:
            create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(names[0]))
            database.execute(create)
            manage({**shared, "DATABASE_URL": by_file}, "migrate")
            alike = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            database.execute(alike.format(*map(sql.Identifier, reversed(names))))
            options = ("--timezone", "UTC", "--yes")
            files = {**shared, "DATABASE_URL": by_file}
            took, most = run(files, "import_shop", folder, *options)
            print(f"files {took:8.1f} s, {most:5.0f} MB", flush=True)
            api = {**shared, "DATABASE_URL": by_api}
            for _kill in range(asked.kills):
                kill_after(took / 2, api, "sync_shop", "woocommerce", *options)
            took, most = run(api, "sync_shop", "woocommerce", *options)
            print(f"API   {took:8.1f} s, {most:5.0f} MB, after {asked.kills} killed runs")
            found = [[*digests(one)] for one in (by_file, by_api)]
        finally:
            server.terminate()
            for name in names:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                database.execute(drop.format(sql.Identifier(name)))
    for (what, rows, _sum), (_what, others, _other_sum) in zip(*found, strict=True):
        print(f"{what:10} {rows:9,} by files, {others:9,} by the API")
    print("The rows are equal." if found[0] == found[1] else "The rows differ.")
    sys.exit(found[0] != found[1])


if __name__ == "__main__":
    main()
