"""The website of sources that know none: its time zone."""

from django.utils.translation import gettext as _

from customers.models import Website
from customers.models.shop import DEFAULT_WEBSITE
from integrations.shops.conversion import Conversion

# The zone of a website until a user sets one.
UNSET = "UTC"


def stored_zone() -> str:
    """Return the zone of the default website; "" if no user has set it."""
    zone = Website.objects.filter(code=DEFAULT_WEBSITE).values_list("timezone", flat=True).first()
    return "" if zone in (None, UNSET) else str(zone)


def write_default_website(conversion: Conversion, zone: str) -> None:
    """Write the default website with this time zone as a row of `websites.csv`."""
    stored = Website.objects.filter(code=DEFAULT_WEBSITE).first()
    table = conversion.open_table("websites", [], ("code", "name", "timezone"))
    name = stored.name if stored else DEFAULT_WEBSITE
    if stored and stored.timezone != zone:
        # Days begin elsewhere from now on, for every segment that counts them.
        text = _("The days of website “{name}” are those of {zone} from now on, not of {before}.")
        conversion.plan.notes.append(text.format(name=name, zone=zone, before=stored.timezone))
    table.write({"code": DEFAULT_WEBSITE, "name": name, "timezone": zone}, -1, 0)
