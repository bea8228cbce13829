"""The ten templates of a new shop, which an empty list offers."""

from segments.rules.gallery import templates

_TEMPLATES = templates()

STARTERS = tuple(
    _TEMPLATES[code]
    for code in (
        "best-customers",
        "at-risk",
        "new-customers",
        "one-time-buyers",
        "abandoned-cart",
        "birthday-soon",
        "subscribed-never-ordered",
        "many-refunds",
        "viewed-not-bought",
        "wish-list-no-order",
    )
)
