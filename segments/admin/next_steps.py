"""The next steps of a page; the first is its only filled button."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from core.text.formats import number_shown


@dataclass(frozen=True)
class NextStep:
    """A step: a verb and its object, as a link, or as a button that `is_post`."""

    label: str
    url: str
    is_post: bool = False


def segment_steps(customers: int, url: str, sending: str) -> list[NextStep]:
    """Return the steps with so many customers: send to them, and make a segment of them.

    `url` is that of their segment in the builder, `sending` that of `send_url`; "" for none.
    """
    if not (customers and url):
        return []
    send = ngettext("Send to this customer", "Send to these %(shown)s", customers)
    make = ngettext(
        "Make a segment of this customer", "Make a segment of these %(shown)s", customers
    )
    shown = {"shown": number_shown(customers)}
    steps = [NextStep(send % shown, sending, is_post=True)] if sending else []
    return [*steps, NextStep(make % shown, url)]
