"""Export files of Magento 2, and the older ones of Magento 1, OpenMage and Maho."""

import hashlib
import re
from datetime import datetime

from django.utils.translation import gettext_noop as _

from customers.guests import DIGITS, normalized_email
from customers.imports.problems import BadCell
from integrations.shops.files.layouts import Layout, MappedColumn, SourceRow
from integrations.shops.files.values import date_part, strip_guard

GENDERS = {"male": "Male", "female": "Female", "1": "Male", "2": "Female"}
STATES = {
    "pending": "new",
    "new": "new",
    "pending_payment": "pending_payment",
    "pending_paypal": "pending_payment",
    "payment_review": "payment_review",
    "suspected_fraud": "payment_review",
    "fraud": "payment_review",
    "processing": "processing",
    "on_hold": "holded",
    "holded": "holded",
    "complete": "complete",
    "closed": "closed",
    "canceled": "canceled",
}
# The times in the grid's export; all other times are ISO 8601.
GRID_TIME = "%b %d, %Y %I:%M:%S %p"
# Newer servers write a comma behind the year.
IS_GRID_TIME = re.compile(r"([A-Z][a-z]{2} [0-9]{1,2}, [0-9]{4}),?( [0-9:]+ [AP]M)").fullmatch
OLDER = ("_address_city", "_type")


def account_number(email: str, website: str) -> str:
    """Return the number of an account: the files name none but e-mail and website."""
    whole = f"{normalized_email(email)}|{website}"
    return f"mail-{hashlib.sha256(whole.encode()).hexdigest()[:DIGITS]}"


def status_of(row: SourceRow) -> str:
    """Return an order's status as a code."""
    return row["status"].strip().lower().replace(" ", "_")


def iso_time(cell: str) -> str:
    """Return a time of the grid as ISO 8601, everything else as it is. Raises BadCell."""
    found = IS_GRID_TIME(" ".join(cell.split()))
    if not found:
        return cell
    try:
        return str(datetime.strptime(found[1] + found[2], GRID_TIME))  # noqa: DTZ007
    except ValueError:
        raise BadCell("time") from None


def one_line(cell: str) -> str:
    """Return a street whose lines a comma separates."""
    return ", ".join(filter(None, (line.strip() for line in cell.splitlines())))


def category_paths(row: SourceRow) -> list[list[str]]:
    """Return the categories of a product below their root, each as names from the top to it."""
    paths = [
        [name.strip() for name in path.split("/") if name.strip()][1:]
        for path in row["categories"].split(",")
    ]
    if older := row["_category"]:
        paths.append([name.strip() for name in older.split("/") if name.strip()])
    return [path for path in paths if path]


def address_of(row: SourceRow, prefix: str) -> dict[str, str]:
    """Return the address in the columns that begin with `prefix`."""
    return {
        "first_name": row[f"{prefix}firstname"],
        "last_name": row[f"{prefix}lastname"],
        "company": row[f"{prefix}company"],
        "street": one_line(row[f"{prefix}street"]),
        "city": row[f"{prefix}city"],
        "region": row[f"{prefix}region"],
        "postcode": strip_guard(row[f"{prefix}postcode"]),
        "country": row[f"{prefix}country_id"],
        "telephone": strip_guard(row[f"{prefix}telephone"]),
        "is_default_billing": is_set(row["_address_default_billing_"]),
        "is_default_shipping": is_set(row["_address_default_shipping_"]),
    }


def is_set(cell: str) -> str:
    """Return the boolean of a mark."""
    return "true" if cell.strip() not in ("", "0") else "false"


def addresses(prefix: str) -> tuple[MappedColumn, ...]:
    """Return the declarations of the columns of an address."""
    names = {
        "first_name": "firstname",
        "last_name": "lastname",
        "company": "company",
        "street": "street",
        "city": "city",
        "region": "region",
        "postcode": "postcode",
        "country": "country_id",
        "telephone": "telephone",
    }
    rules = {"street": "line breaks become commas"}
    return (
        *(
            MappedColumn(f"addresses.{ours}", (f"{prefix}{name}",), rules.get(ours, ""))
            for ours, name in names.items()
        ),
        MappedColumn("addresses.is_default_billing", ("_address_default_billing_",)),
        MappedColumn("addresses.is_default_shipping", ("_address_default_shipping_",)),
    )


CUSTOMERS = Layout(
    "magento.customers",
    (("email", "_website", "_store", "group_id"),),
    (
        MappedColumn(
            "customers.id", ("email", "_website"), "`mail-` and a hash: the file names no number"
        ),
        MappedColumn("customers.email", ("email",), "trimmed", lambda row: row["email"].strip()),
        MappedColumn("customers.first_name", ("firstname",)),
        MappedColumn("customers.last_name", ("lastname",)),
        MappedColumn(
            "customers.gender",
            ("gender",),
            "the label, or 1 male and 2 female; others are missing",
            lambda row: GENDERS.get(row["gender"].strip().lower(), ""),
        ),
        MappedColumn(
            "customers.date_of_birth", ("dob",), "the date", lambda row: date_part(row["dob"])
        ),
        MappedColumn("customers.group", ("group_id",), "`group-` and the number, or `--columns`"),
        MappedColumn("customers.website", ("_website",)),
        MappedColumn("customers.store", ("_store",), "`admin` is none"),
        MappedColumn("customers.registered_at", ("created_at",), "in UTC"),
        *addresses("_address_"),
    ),
)

ADDRESSES = Layout(
    "magento.addresses",
    (("_website", "_email", "_entity_id", "country_id"),),
    (
        MappedColumn("addresses.customer", ("_email", "_website"), "the account of both"),
        *addresses(""),
    ),
)

PRODUCTS = Layout(
    "magento.products",
    (("sku", "product_type", "product_websites"), ("sku", "_type", "_attribute_set")),
    (
        MappedColumn("products.sku", ("sku",), "", lambda row: strip_guard(row["sku"])),
        MappedColumn("products.name", ("name",), "of no store view"),
        MappedColumn("products.product_type", ("product_type", "_type")),
        MappedColumn("products.price", ("price",)),
        MappedColumn(
            "products.categories", ("categories", "_category"), "paths below their root category"
        ),
    ),
    helpers=("store_view_code", "_store"),
)

ORDERS = Layout(
    "magento.orders",
    (("Purchase Point", "Purchase Date", "Grand Total (Base)"),),
    (
        MappedColumn("orders.number", ("ID",), "", lambda row: strip_guard(row["id"])),
        MappedColumn(
            "orders.customer", ("Customer Email",), "the account with this e-mail, else a guest"
        ),
        MappedColumn(
            "orders.store",
            ("Purchase Point",),
            "the last line, by the store's name in the website of the first",
        ),
        MappedColumn("orders.created_at", ("Purchase Date",), "in the zone of --timezone"),
        MappedColumn(
            "orders.grand_total", ("Grand Total (Purchased)", "Grand Total (Base)"), "no lines"
        ),
        MappedColumn(
            "orders.base_to_order_rate",
            ("Grand Total (Purchased)", "Grand Total (Base)"),
            "purchased / base, four decimals",
        ),
        MappedColumn("orders.status", ("Status",), "in lower case, blanks as `_`", status_of),
        MappedColumn(
            "orders.state",
            ("Status",),
            "by the status",
            lambda row: STATES.get(status_of(row), "processing"),
        ),
        MappedColumn("customers.first_name", ("Bill-to Name",), "of a guest: the first word"),
        MappedColumn("customers.last_name", ("Bill-to Name",), "of a guest: the other words"),
    ),
)

GRID_OF_CUSTOMERS = Layout(
    "magento.customer_grid",
    (
        ("Name", "Email", "Customer Since", "Web Site"),
        ("Name", "Email", "Customer Since", "Website"),
    ),
    refused=_(
        "the grid of customers has no codes of websites and stores: export “Customers Main File” "
        "(System, Export) or import the shop's database"
    ),
)

LAYOUTS = (ADDRESSES, CUSTOMERS, PRODUCTS, ORDERS, GRID_OF_CUSTOMERS)
