"""What a browser sends of a page's form."""

from collections.abc import Iterator
from typing import Any

from lxml import html


def sent_by_browser(page: bytes) -> Iterator[tuple[str, str]]:
    """Yield what pressing Save would send, by name."""
    for form in html.fromstring(page.decode()).forms:
        button = form.xpath('.//input[@name="_save"] | .//button[@name="_save"]')
        if button:
            for other in form.xpath(".//*[@form]"):
                # It belongs to another form.
                other.drop_tree()
            for area in form.xpath(".//textarea"):
                # A browser leaves out the newline behind the tag, and ends lines with CRLF.
                lines = (area.value or "").removeprefix("\n")
                area.value = lines.replace("\n", "\r\n")
            yield from form.form_values()
            yield "_save", button[0].get("value") or ""


def body_of(page: bytes) -> dict[str, Any]:
    """Return what pressing Save would send, each name with its values."""
    body: dict[str, list[str]] = {}
    for name, value in sent_by_browser(page):
        body.setdefault(name, []).append(value)
    return body
