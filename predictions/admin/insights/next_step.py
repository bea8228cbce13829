"""The next step of a page: its only filled button."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from core.text.formats import number_shown


@dataclass(frozen=True)
class NextStep:
    """A link to the next step: a verb and its object."""

    label: str
    url: str


def segment_step(customers: int, url: str) -> NextStep | None:
    """Return the step to a segment of so many customers; None without customers or a `url`."""
    if not (customers and url):
        return None
    text = ngettext(
        "Make a segment of this customer", "Make a segment of these %(shown)s", customers
    )
    return NextStep(text % {"shown": number_shown(customers)}, url)
