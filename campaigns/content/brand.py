"""The brand of a sender in its mails: the name, the logo, the colours of buttons."""

import re

from campaigns.models import MailSender
from customers.models import Store

# The background of buttons in mails of a sender without a main colour.
MAIN_COLOR = "#4350d6"
WHITE, BLACK = "#ffffff", "#000000"
# Text and its background, by WCAG 2.2 (1.4.3).
LEAST_CONTRAST = 4.5

_COLOR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


def brand_values(sender: MailSender | None, store: Store | None) -> dict[str, str]:
    """Return the values of a template's names below `brand`; all but `logo_url` have defaults."""
    main_color = (sender.main_color if sender else "") or MAIN_COLOR
    text_color = sender.button_text_color if sender else ""
    return {
        "name": (sender.from_name if sender else "") or (store.name if store else ""),
        "logo_url": sender.logo_url if sender else "",
        "main_color": main_color,
        "button_text_color": text_color or readable_on(main_color),
    }


def is_color(text: str) -> bool:
    """Return whether `text` is a colour such as #4350d6."""
    return _COLOR.fullmatch(text) is not None


def readable_on(color: str) -> str:
    """Return the colour of text that can be read on `color`: white where that is enough."""
    return WHITE if contrast_of(color, WHITE) >= LEAST_CONTRAST else BLACK


def contrast_of(color: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(color), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Return the relative luminance of `color`, from 0 (black) to 1 (white)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
