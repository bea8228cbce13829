"""The time zone of the website of sources that know none; the stores of stored orders."""

from django.utils.translation import gettext_noop as _

from customers.models import Order, Website
from customers.models.shop import DEFAULT_STORE, DEFAULT_WEBSITE
from integrations.shops.converting.conversion import Conversion
from integrations.shops.models import ImportState, ShopImport
from integrations.shops.sources import with_prefix

# The zone of a new website, which looks as if a user had set it.
UNSET = "UTC"
STORE_OF_ORDER = "store of a stored order"


def stored_zone() -> str:
    """Return the zone of the default website; "" if no user has set it.

    UTC is set where a user has answered so for an import that is done.
    """
    zone = Website.objects.filter(code=DEFAULT_WEBSITE).values_list("timezone", flat=True).first()
    if zone == UNSET:
        done = ShopImport.objects.filter(outcome=ImportState.DONE, answers__timezone=UNSET)
        return UNSET if done.exists() else ""
    return zone or ""


def write_default_website(conversion: Conversion, zone: str) -> None:
    """Write the default website with this time zone as a row of `websites.csv`."""
    stored = Website.objects.filter(code=DEFAULT_WEBSITE).first()
    table = conversion.open_table("websites", [], ("code", "name", "timezone"))
    name = stored.name if stored else DEFAULT_WEBSITE
    if stored and stored.timezone != zone:
        # Days begin elsewhere from now on, for every segment that counts them.
        text = _("The days of website “{name}” are those of {zone} from now on, not of {before}.")
        conversion.plan.note(text, name=name, zone=zone, before=stored.timezone)
    table.write({"code": DEFAULT_WEBSITE, "name": name, "timezone": zone}, -1, 0)


def load_order_stores(conversion: Conversion) -> None:
    """Note the stores of the stored orders of the source, by their numbers.

    Orders of the default store are not noted: orders of unknown stores are stored for it, too.
    """
    prefix = conversion.options.prefix
    start, code_start = with_prefix(prefix, ""), f"{prefix}-" if prefix else ""
    orders = Order.objects.filter(number__startswith=start).exclude(store__code=DEFAULT_STORE)
    for number, code in orders.values_list("number", "store__code").iterator():
        store = code.removeprefix(code_start)
        conversion.scratch.add_name(STORE_OF_ORDER, number.removeprefix(start), store)


def stored_store(conversion: Conversion, order: str) -> str | None:
    """Return the code of the store that `load_order_stores` has noted for the order `order`."""
    return conversion.scratch.name(STORE_OF_ORDER, order)
