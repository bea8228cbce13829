"""The next steps of a page; the first is its only filled button."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text.formats import number_shown


@dataclass(frozen=True)
class NextStep:
    """A step: a verb and its object, as a link, or as a button that `is_post`.

    `result` is a sentence below the steps that says what a button does; "" for none.
    """

    label: str
    url: str
    is_post: bool = False
    result: str = ""


def segment_steps(customers: int, url: str, sending: str) -> list[NextStep]:
    """Return the steps with so many customers: write to them, and make a segment of them.

    `url` is that of their segment in the builder, `sending` that of `send_url`; "" for none. The
    button that writes has no number: how many of the customers can be mailed is on the next page.
    """
    if not (customers and url):
        return []
    write = ngettext("Write to this customer", "Write to these customers", customers)
    make = ngettext(
        "Make a segment of this customer", "Make a segment of these %(shown)s", customers
    )
    steps = [NextStep(write, sending, is_post=True, result=_result(url))] if sending else []
    return [*steps, NextStep(make % {"shown": number_shown(customers)}, url)]


def _result(url: str) -> str:
    """Return what the button to write does with the segment that the builder's `url` describes."""
    text = _(
        "Writing saves the segment “%(name)s”, which stays up to date by itself, and opens a mail "
        "to it. Only members who can be mailed receive it."
    )
    return text % {"name": QueryDict(urlsplit(url).query)["name"]}
