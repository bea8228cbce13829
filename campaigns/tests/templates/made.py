"""Values and templates that the tests render."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from campaigns.templates.content import Content
from campaigns.templates.rendering import Rendered, render

LINK = "https://shop.example/u/abc?a=1&b=2"
ADDRESS = "Shop Ltd\n1 High Street\nLondon"

VALUES: dict[str, Any] = {
    "customer": {
        "name": "Ann Lee",
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@example.com",
    },
    "store": {"name": "Main", "website": "base"},
    "segment": {"code": "vip", "name": "VIP"},
    "step": {"number": 2},
    "campaign": {"code": "spring", "name": "Spring"},
    "coupon": {
        "code": "SAMPLE",
        "discount_text": "10 % off",
        "discount_amount": Decimal("10.5"),
        "description": None,
        "expires_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "expires_formatted": "1 March",
    },
    "recommendations": [
        {"name": "Shirt", "price": Decimal("9.9"), "sku": "S1"},
        {"name": "Hat", "price": Decimal("5"), "sku": "H1"},
    ],
    "content": {"hero": {"title": "Hello", "items": ["a", "b"], "pairs": [["x", 1], ["y"]]}},
    "unsubscribe_url": LINK,
    "preferences_url": "https://shop.example/p",
    "view_url": "https://shop.example/v",
    "postal_address": ADDRESS,
}


def rendered(html: str = "", **parts: Any) -> Rendered:
    """Render `html`; other parts of the template, or `values` that replace some, by their names."""
    values = {**VALUES, **parts.pop("values", {})}
    return render(Content(**{"subject": "S", "html": html, **parts}), values)


def line_of_text(source: str, **values: Any) -> str:
    """Render `source` as a subject: plain text of one line."""
    return rendered("x", subject=source, values=values).subject


def body_of(mail: Rendered) -> str:
    """Return what is within the body, without the footer."""
    inside = mail.html.partition("<body")[2].partition(">")[2].removesuffix("</body></html>")
    return inside.partition('<div style="padding:16px;text-align:center')[0]
