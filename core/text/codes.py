"""Codes by which other systems know what people have named."""

from collections.abc import Collection
from typing import Any

from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

CODE = RegexValidator(
    r"^[a-z0-9][a-z0-9_-]*\Z",
    _("Small letters, digits, “_” and “-” only, beginning with a letter or digit."),
)
# Room for a number behind it.
NUMBER = 8


def free_code(
    name: str, rows: QuerySet[Any], *, otherwise: str, reserved: Collection[str] = ()
) -> str:
    """Return a code made from `name` that none of `rows` has; a second one gets `-2`.

    `otherwise` is for a name without letters and digits; `reserved` codes are never given.
    """
    length = rows.model._meta.get_field("code").max_length or 0
    base = slugify(name)[: length - NUMBER].strip("-_") or otherwise
    taken = {*reserved, *rows.filter(code__startswith=base).values_list("code", flat=True)}
    candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, 10_000_000))
    return next(code for code in candidates if code not in taken)
