"""Rows that all tables of Magento refer to: websites, stores, groups, regions; the version."""

from django.utils.translation import gettext_noop

from customers.guests import guest_number
from integrations.magento.database.layouts import GROUPS, ORDERS, REFUNDS, STORES, WEBSITES
from integrations.shops.databases.changes import is_one_of
from integrations.shops.databases.layouts import TableLayout
from integrations.shops.databases.source import DatabaseSource
from integrations.shops.files.values import slug_of
from integrations.shops.sources import refusal

ADMIN = "0"
GUESTS = "0"
ZONE_PATH = "general/locale/timezone"
SHARING_PATH = "customer/account_share/scope"
GLOBAL = "0"
UTC_NAME = "UTC"


def is_older(source: DatabaseSource) -> bool:
    """Return whether the database is of Magento 1, OpenMage or Maho. Raises ImportRefused."""
    if source.has("sales_flat_order"):
        return True
    if source.has("sales_order"):
        return False
    raise refusal(gettext_noop("the database has neither sales_flat_order nor sales_order"))


class MagentoShop:
    """A database with its small tables, which are read when it is made and written by `write`."""

    def __init__(self, source: DatabaseSource) -> None:
        self.source, self.conversion = source, source.conversion
        self.is_older = is_older(source)
        settings = {
            (scope, number, path): value
            for scope, number, path, value in source.rows(
                f"SELECT scope, scope_id, path, value FROM {source.table('core_config_data')}"
                f" WHERE path IN ('{ZONE_PATH}', '{SHARING_PATH}')"
            )
        }
        default_zone = settings.get(("default", ADMIN, ZONE_PATH)) or UTC_NAME
        self._zones = {
            number: value
            for (scope, number, path), value in settings.items()
            if scope == "websites" and path == ZONE_PATH and value
        }
        self._default_zone = default_zone
        self.shares_accounts = settings.get(("default", ADMIN, SHARING_PATH)) == GLOBAL
        websites = self._table(WEBSITES)
        self._websites = source.rows(
            f"SELECT website_id, code, name, default_group_id FROM {websites}"
            f" WHERE website_id <> {ADMIN} ORDER BY website_id"
        )
        self.websites = {number: code for number, code, *_rest in self._websites}
        self._stores = source.rows(
            f"SELECT store_id, code, name, website_id FROM {self._table(STORES)}"
            f" WHERE store_id <> {ADMIN} ORDER BY store_id"
        )
        # Code and website's code by number.
        self.stores = {
            number: (code, self.websites.get(website, ""))
            for number, code, _name, website in self._stores
        }
        self._default_stores = self._find_default_stores()
        self._groups = source.rows(
            "SELECT customer_group_id, customer_group_code FROM"
            f" {source.table('customer_group')} ORDER BY customer_group_id"
        )
        self.groups = _codes(self._groups)
        # By names of layouts: how many rows have the number of another one.
        self._shared: dict[str, int] = {}
        # The numbers of categories of ours, when they are written.
        self.categories: set[str] = set()
        # Code and name by number.
        self.regions: dict[str, tuple[str, str]] = {}
        if source.has("directory_country_region"):
            self.regions = {
                number: (code, name)
                for number, code, name in source.rows(
                    "SELECT region_id, code, default_name FROM"
                    f" {source.table('directory_country_region')}"
                )
            }

    @property
    def places(self) -> tuple[object, ...]:
        """Websites and stores with all that the shop has settled about them."""
        zones = sorted(self._zones.items())
        stores = sorted(self._default_stores.items())
        return (
            *(self._websites, self._stores, stores, zones),
            *(self._default_zone, self.shares_accounts),
        )

    def only(self, column: str, rows: str) -> str:
        """Return the SQL condition that a row is read that names one of these `Changes`."""
        changes = self.source.changes
        return "TRUE" if changes is None else is_one_of(column, getattr(changes, rows))

    def owner_of(self, account: str, email: str, website: str | None) -> str:
        """Return the number of the account or guest to whom a row belongs; "" for nobody."""
        scratch = self.conversion.scratch
        if account and scratch.has_account(account):
            return account
        if self.conversion.options.matches_guests and (
            found := scratch.account_by_email(email, website)
        ):
            return found
        return guest_number(email) if email.strip() else ""

    def name(self, layout: TableLayout) -> str:
        """Return what a declared table is called in this version."""
        return layout.older if self.is_older and layout.older else layout.table_name

    def number(self, layout: TableLayout, alias: str) -> tuple[str, str]:
        """Return SQL of the number of the order or credit memo `alias`, and the join for it.

        Stores count on their own, so that several rows may have one `increment_id`: it is the
        number of the row with the lowest key; the others add `#` and their key to it.
        """
        own = f"{alias}.increment_id"
        if not self._count_shared(layout):
            return own, ""
        lowest = f"lowest_{alias}"
        return (
            f"IF({alias}.entity_id > {lowest}.id, CONCAT({own}, '#', {alias}.entity_id), {own})",
            f" LEFT JOIN (SELECT increment_id, MIN(entity_id) AS id FROM {self._table(layout)}"
            " WHERE increment_id <> '' GROUP BY increment_id HAVING COUNT(*) > 1)"
            f" AS {lowest} ON {lowest}.increment_id = {own}",
        )

    @property
    def has_shared_numbers(self) -> bool:
        """Return whether any order or credit memo has the number of another one."""
        return any([self._count_shared(ORDERS), self._count_shared(REFUNDS)])

    def _count_shared(self, layout: TableLayout) -> int:
        """Return how many rows have the number of a row with a lower key; say so in the plan."""
        if not self.source.has(self.name(layout)):
            return 0
        if layout.name not in self._shared:
            own = "NULLIF(increment_id, '')"
            ((count,),) = self.source.rows(
                f"SELECT COUNT({own}) - COUNT(DISTINCT {own}) FROM {self._table(layout)}"
            )
            self._shared[layout.name] = int(count)
            if int(count):
                self.conversion.plan.warn(
                    "shared_numbers",
                    gettext_noop(
                        "orders or credit memos have the number of an earlier one of another store:"
                        " # and their id are added to it"
                    ),
                    int(count),
                )
        return self._shared[layout.name]

    def _table(self, layout: TableLayout) -> str:
        return self.source.table(self.name(layout))

    def website(self, number: str) -> str:
        """Return a website's code; "" for none."""
        return self.websites.get(number, "")

    def store(self, number: str) -> str:
        """Return a store's code; "" for none."""
        return self.stores[number][0] if number in self.stores else ""

    def website_of_store(self, number: str) -> str | None:
        """Return on which website accounts are looked for by their e-mail; None: on any."""
        if self.shares_accounts or number not in self.stores:
            return None
        return self.stores[number][1]

    def customer_store(self, store: str, website: str) -> str:
        """Return the code of a customer's store; without one the website's default store's."""
        return self.store(store) or self._default_stores.get(website, "")

    def place(self, store: str) -> dict[str, str]:
        """Return website and store as columns of a guest."""
        if store not in self.stores:
            return {}
        code, website = self.stores[store]
        return {"website": website, "store": code}

    def region_code(self, number: str) -> str:
        """Return a region's code; "" for none."""
        return self.regions[number][0] if number in self.regions else ""

    @property
    def guest_group(self) -> str:
        """The code of the group of guests."""
        return self.groups.get(GUESTS, "")

    def write(self) -> None:
        """Write websites, stores and customer groups."""
        conversion, source = self.conversion, self.source
        file = source.open(WEBSITES, self.name(WEBSITES), "website_id")
        table = conversion.open_table("websites", [], ("code", "name", "timezone"))
        for row in conversion.rows(file):
            if row.place != int(ADMIN):
                zone = self._zones.get(str(row.place), self._default_zone)
                values = {"code": row["code"], "name": row["name"], "timezone": zone}
                table.write(values, row.file, row.place)
        file = source.open(STORES, self.name(STORES), "store_id")
        table = conversion.open_table("stores", [], ("code", "name", "website"))
        for row in conversion.rows(file):
            if row.place != int(ADMIN):
                website = self.website(row["website_id"])
                values = {"code": row["code"], "name": row["name"], "website": website}
                table.write(values, row.file, row.place)
        file = source.open(GROUPS, "customer_group", "customer_group_id")
        table = conversion.open_table("customer_groups", [], ("code", "name"))
        for row in conversion.rows(file):
            code = self.groups[str(row.place)]
            table.write({"code": code, "name": row["customer_group_code"]}, row.file, row.place)

    def _find_default_stores(self) -> dict[str, str]:
        """Return the default store's code by the website's number."""
        name = "core_store_group" if self.is_older else "store_group"
        groups = dict(
            self.source.rows(f"SELECT group_id, default_store_id FROM {self.source.table(name)}")
        )
        return {
            website: self.store(groups.get(group, ""))
            for website, _code, _name, group in self._websites
        }


def _codes(groups: list[list[str]]) -> dict[str, str]:
    """Return the code of each group: the slug of its name, of a second one with `-2`."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, name in groups:
        slug = slug_of(name) or f"group-{number}"
        code, count = slug, 1
        while code in taken:
            count += 1
            code = f"{slug}-{count}"
        taken.add(code)
        found[number] = code
    return found
