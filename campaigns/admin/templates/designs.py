"""The designs that a new mail begins with: which are offered, and what they fill in."""

from itertools import chain, count

from django.http import HttpRequest

from campaigns.content.composing import shop_address
from campaigns.designs.catalogue import DESIGNS
from campaigns.designs.design import NO_ADDRESS, Design
from campaigns.models import MailTemplate


def designs_offered(request: HttpRequest) -> list[Design]:
    """Return the designs where none was chosen and nothing is typed yet."""
    is_begun = request.method == "POST" or request.GET.get("design") in DESIGNS
    return [] if is_begun else list(DESIGNS.values())


def begin_with(code: str) -> dict[str, str]:
    """Return the fields of a new template, by name, for the design `code`; none if unknown."""
    design = DESIGNS.get(code)
    if design is None:
        return {}
    return {
        "name": _free_name(str(design.name)),
        "subject": str(design.subject),
        "preheader": str(design.preheader),
        "html": design.html(home_page()),
    }


def home_page() -> str:
    """Return the URL to which the button of a new mail leads: the shop's home page, if known."""
    address = shop_address()
    return f"{address}/" if address else NO_ADDRESS


def _free_name(name: str) -> str:
    """Return `name`, with a number behind it where there is a template of this name."""
    rows = MailTemplate.objects.filter(name__startswith=name)
    taken = set(rows.values_list("name", flat=True))
    numbered = (f"{name} {number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)
