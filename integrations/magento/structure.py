"""The websites, stores and customer groups that the rows of Magento's files name."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.text import slugify
from django.utils.translation import gettext_noop as _

from customers.models import CustomerGroup, Store, Website
from integrations.shops.converting.conversion import Conversion
from integrations.shops.converting.websites import write_default_website
from integrations.shops.files.layouts import SourceRow
from integrations.shops.sources import refusal


class ShopStructure:
    """Websites, stores and groups that rows name by their codes or names."""

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        self._names = _group_names(conversion)
        self._prefix = conversion.options.prefix
        start = f"{self._prefix}-" if self._prefix else ""
        self.websites: dict[str, None] = {}
        self.stores: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        # File and place of the first row that names a code, by our table and the code.
        self._places: dict[tuple[str, str], tuple[int, int]] = {}
        self._start = start
        # Codes of store and website by the store's name; websites' codes by their names.
        self._stores: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._websites: dict[str, set[str]] = defaultdict(set)
        self._websites_of_stores: dict[str, str] = {}
        websites = Website.objects.filter(code__startswith=start).values_list("name", "code")
        for name, code in websites:
            self._websites[name].add(code.removeprefix(start))
        stores = Store.objects.filter(code__startswith=start)
        for name, *codes in stores.values_list("name", "code", "website__code"):
            code, website = (one.removeprefix(start) for one in codes)
            self._stores[name].add((code, website))
            self._websites_of_stores[code] = website

    def add(self, website: str, store: str, row: SourceRow) -> None:
        """Note a website's code, and a store's of it, that a row names."""
        place = row.file, row.place
        if website:
            self.websites[website] = None
            self._places.setdefault(("websites", website), place)
        if website and store:
            self.stores[store] = website
            self._places.setdefault(("stores", store), place)

    def group(self, number: str, row: SourceRow) -> str:
        """Return the code of a customer group, named by `--columns` or by its number."""
        if not number:
            return ""
        name = self._names.get(number) or f"group-{number}"
        code = slugify(name)
        self.groups[code] = name
        self._places.setdefault(("customer_groups", code), (row.file, row.place))
        return code

    def stores_named(self, lines: Sequence[str]) -> list[tuple[str, str]]:
        """Return code and website of each store that a purchase point may mean.

        `lines` are the names of its website, group and store, or of the store alone; a store's code
        counts as its name. Stores of all websites are meant where the website is not known.
        """
        *others, name = lines
        found = {(name, self.stores[name])} if name in self.stores else self._stores.get(name, ())
        websites = self._websites.get(others[0]) if others else None
        return sorted(one for one in found if websites is None or one[1] in websites)

    def website_of(self, store: str | None) -> str | None:
        """Return the code of the website of a store; None for an unknown one."""
        return self.stores.get(store or "") or self._websites_of_stores.get(store or "")

    def website_named(self, lines: Sequence[str]) -> str | None:
        """Return the code of the website of a purchase point; None for an unknown one."""
        websites = self._websites.get(lines[0], ()) if len(lines) > 1 else ()
        return next(iter(websites)) if len(websites) == 1 else None

    def write(self) -> None:
        """Write what was named, with stored names where there are any."""
        names = dict(Website.objects.values_list("code", "name"))
        zones = dict(Website.objects.values_list("code", "timezone"))
        zone = self._conversion.plan.timezone
        if zone and not self.websites:
            write_default_website(self._conversion, zone)
        if self.websites:
            table = self._conversion.open_table("websites", [], ("code", "name", "timezone"))
            for code in self.websites:
                stored = f"{self._start}{code}"
                values = {"code": code, "name": names.get(stored, code)}
                values["timezone"] = zones.get(stored, zone or "UTC")
                table.write(values, *self._places["websites", code])
        if self.stores:
            names = dict(Store.objects.values_list("code", "name"))
            table = self._conversion.open_table("stores", [], ("code", "name", "website"))
            for code, website in self.stores.items():
                name = names.get(f"{self._start}{code}", code)
                values = {"code": code, "name": name, "website": website}
                table.write(values, *self._places["stores", code])
        if self.groups:
            names = dict(CustomerGroup.objects.values_list("code", "name"))
            table = self._conversion.open_table("customer_groups", [], ("code", "name"))
            for code, name in self.groups.items():
                values = {"code": code, "name": names.get(code, name)}
                table.write(values, *self._places["customer_groups", code])


def _group_names(conversion: Conversion) -> dict[str, str]:
    """Return the names that `--columns` gives to customer groups, by their numbers.

    Raises ImportRefused where they are no texts by number.
    """
    names = conversion.options.columns.get("group_id", {})
    if isinstance(names, dict) and all(isinstance(one, str) for one in names.values()):
        return names
    text = _("group_id is no object such as {example}")
    raise refusal(text, "--columns", example='{"2": "Wholesale"}')
