"""Customers of Magento, their addresses, subscriptions and log-ins."""

from datetime import UTC

from django.utils.translation import gettext_noop

from customers.models.identity.newsletter import SubscriptionStatus
from integrations.magento.database.attributes import Attributes
from integrations.magento.database.layouts import (
    ADDRESSES,
    CUSTOMERS,
    GENDERS,
    LOGINS,
    STATUSES,
    SUBSCRIPTIONS,
)
from integrations.magento.database.shop import MagentoShop
from integrations.shops.converting.conversion import Conversion, GuestOrder
from integrations.shops.converting.output import OutputTable
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import utc_text

ENTITY = "customer_entity"
ADDRESS_ENTITY = "customer_address_entity"
REGISTERED = "registered"
# Of what a guest is known where there is no order.
SUBSCRIBER = 1
ADDRESS_CODES = (
    *("firstname", "lastname", "company", "street", "city", "region", "region_id", "postcode"),
    *("country_id", "telephone"),
)


def load_accounts(shop: MagentoShop) -> None:
    """Note number, e-mail, website and registration of every account."""
    source, conversion = shop.source, shop.conversion
    for number, email, website, created in source.database.stream(
        "SELECT entity_id, email, website_id, created_at FROM"
        f" {source.table(ENTITY)} ORDER BY entity_id"
    ):
        if not conversion.is_erased(email):
            conversion.scratch.add_account(number, email, "", shop.website(website))
            conversion.scratch.add_name(REGISTERED, number, created)


def load_subscriptions(shop: MagentoShop) -> None:
    """Note the latest subscription of each customer and store, and the guests who subscribed."""
    source, conversion = shop.source, shop.conversion
    if not source.has("newsletter_subscriber"):
        return
    file = source.open(SUBSCRIPTIONS, "newsletter_subscriber", "subscriber_id")
    changes = source.changes
    for row in conversion.rows(file):
        customer, email = row["customer_id"], row["subscriber_email"]
        if changes is not None and not changes.has_row_of(
            customer, email, is_account=conversion.scratch.has_account(customer)
        ):
            continue
        status = STATUSES.get(row["subscriber_status"])
        if status is None:
            conversion.plan.left_out[
                "newsletter_subscriptions", gettext_noop("without a known status")
            ] += 1
            continue
        _add_subscription(shop, row, status)


def _add_subscription(shop: MagentoShop, row: SourceRow, status: str) -> None:
    conversion, scratch = shop.conversion, shop.conversion.scratch
    email, store = row["subscriber_email"].strip(), row["store_id"]
    changed = conversion.instant(row, "change_status_at", is_utc=True)
    account = row["customer_id"]
    website = shop.website_of_store(store)
    is_account = bool(account) and scratch.has_account(account)
    if not changed and not is_account and not scratch.account_by_email(email, website):
        changed = scratch.first_order_at(email)
        if not changed:
            conversion.plan.left_out[
                "newsletter_subscriptions", gettext_noop("without a time")
            ] += 1
            return
    customer = conversion.customer_of(
        account=account,
        email=email,
        website=website,
        order=lambda: GuestOrder(changed, str(row.place), shop.place(store), {}, {}, {}),
        row=row,
        rank=SUBSCRIBER,
    )
    if not customer:
        conversion.plan.left_out[
            "newsletter_subscriptions", gettext_noop("without an e-mail address")
        ] += 1
        return
    if not changed:
        registered = scratch.name(REGISTERED, customer) or ""
        if not registered:
            conversion.plan.left_out[
                "newsletter_subscriptions", gettext_noop("without a time")
            ] += 1
            return
        changed = utc_text(registered, UTC)
    code = shop.store(store)
    if not scratch.add_subscription(customer, code, changed, row.place, status, row.place):
        conversion.plan.left_out[
            "newsletter_subscriptions", gettext_noop("a later one of the same store")
        ] += 1


def write_subscriptions(shop: MagentoShop) -> None:
    """Write the subscriptions that count."""
    conversion = shop.conversion
    files = conversion.of_layouts(SUBSCRIPTIONS.name)
    table = conversion.open_table("newsletter_subscriptions", files)
    for customer, store, at, status, place in conversion.scratch.subscriptions():
        values = {"customer": customer, "store": store, "status": status, "status_changed_at": at}
        table.write(values, files[0].number, place)


def accepts_marketing(conversion: Conversion, customer: str) -> str:
    """Return "true" or "false": whether the customer has a subscription; "" if none is known."""
    found = conversion.scratch.is_subscribed(customer, SubscriptionStatus.SUBSCRIBED)
    return "" if found is None else str(found).lower()


def write_customers(shop: MagentoShop) -> None:
    """Write accounts and guests, custom attributes, and the addresses of both."""
    source, conversion = shop.source, shop.conversion
    attributes = Attributes(source, "customer", ENTITY)
    attributes.write(conversion, "customer_attributes")
    more, joins = attributes.columns(
        *("firstname", "lastname", "dob", "gender"),
        has_custom=True,
        only=shop.only("p.entity_id", "customers"),
    )
    where = shop.only("t.entity_id", "customers")
    file = source.open(CUSTOMERS, ENTITY, "entity_id", more=more, joins=joins, where=where)
    custom = attributes.columns_of_ours()
    customers = conversion.open_table(
        "customers", [file], ("id", "kind", "email", "accepts_marketing", *custom)
    )
    addresses = conversion.open_table(
        "addresses",
        [],
        tuple(one.column for one in ADDRESSES.columns),
    )
    read = conversion.reader(file, "customers")
    gender = attributes.by_code.get("gender")
    labels = gender.options if gender else {}
    for row in conversion.rows(file):
        values = read(row)
        number = values["id"]
        label = labels.get(row["gender"], "")
        website = row["website_id"]
        values.update(
            gender=label if label in GENDERS else "",
            group=shop.groups.get(row["group_id"], ""),
            website=shop.website(website),
            store=shop.customer_store(row["store_id"], website),
            registered_at=conversion.instant(row, "created_at", is_utc=True),
            accepts_marketing=accepts_marketing(conversion, number),
            **attributes.values(row),
        )
        conversion.write_account(customers, values, row)
    _write_addresses(shop, attributes, addresses)
    conversion.write_guests(
        customers,
        addresses,
        lambda number: {
            "group": shop.guest_group,
            "accepts_marketing": accepts_marketing(conversion, number),
        },
    )


def _write_addresses(shop: MagentoShop, customers: Attributes, addresses: OutputTable) -> None:
    source, conversion = shop.source, shop.conversion
    attributes = Attributes(source, "customer_address", ADDRESS_ENTITY)
    where = shop.only("t.parent_id", "customers")
    own = f"SELECT t.entity_id FROM {source.table(ADDRESS_ENTITY)} AS t WHERE {where}"
    is_partial = source.changes is not None
    more, joins = attributes.columns(
        *ADDRESS_CODES, only=f"p.entity_id IN ({own})" if is_partial else "TRUE"
    )
    defaults, default_joins = customers.columns(
        *("default_billing", "default_shipping"),
        alias="c",
        only=shop.only("p.entity_id", "customers"),
    )
    file = source.open(
        ADDRESSES,
        ADDRESS_ENTITY,
        "entity_id",
        more={**more, **defaults},
        joins=(
            f"{joins} LEFT JOIN {source.table(ENTITY)} AS c ON c.entity_id = t.parent_id"
            f"{default_joins}"
        ),
        where=where,
    )
    read = conversion.reader(file, "addresses")
    for row in conversion.rows(file):
        if not conversion.scratch.has_account(row["parent_id"]):
            conversion.plan.left_out["addresses", gettext_noop("of no known customer")] += 1
            continue
        values = read(row)
        number = str(row.place)
        values.update(
            region_code=shop.region_code(row["region_id"]),
            is_default_billing=str(row["default_billing"] == number).lower(),
            is_default_shipping=str(row["default_shipping"] == number).lower(),
        )
        addresses.write(values, row.file, row.place)


def write_logins(shop: MagentoShop) -> None:
    """Write the log-ins of accounts."""
    source, conversion = shop.source, shop.conversion
    name = shop.name(LOGINS)
    if not source.has(name):
        return
    where = shop.only("t.customer_id", "visitors")
    file = source.open(LOGINS, name, "log_id", where=where)
    table = conversion.open_table("logins", [file])
    for row in conversion.rows(file):
        at = conversion.instant_of(
            row.first(("login_at", "last_login_at")), row, "login_at", is_utc=True
        )
        if at and conversion.scratch.has_account(row["customer_id"]):
            table.write({"customer": row["customer_id"], "logged_in_at": at}, row.file, row.place)
    if not shop.is_older:
        conversion.plan.warn(
            "last_login_only",
            gettext_noop("Magento 2 knows the last log-in of a customer only"),
            table.count,
        )
