"""Warnings about parts of a template that are valid, but were probably meant otherwise."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.templates.language.expressions import Expression
from campaigns.templates.language.shapes import Fields, Items, Placements, Shape, Shown

# The placeholders of placements, which stand between single braces, and what they are called here.
_MEANT = {
    "first_name": "customer.first_name",
    "segment": "segment.name",
    "top_interest": "",
}
# The doubts that a link has no address, and that a name is empty for some recipients.
NO_ADDRESS, NO_DEFAULT = "no_address", "no_default"
# Names that not everybody has.
_OFTEN_EMPTY = frozenset({"customer.first_name", "customer.last_name", "customer.name"})
_PLACEHOLDER = re.compile(rf"\{{({'|'.join(_MEANT)})(?:\|([^{{}}\n]*))?\}}")

# A link whose address is still to be written. Each part ends at the next bracket, so that looking
# takes no longer than the text is long.
_NO_ADDRESS = re.compile(
    r"""<a\b[^<>]*?\bhref\s*=\s*(["'])\s*(?:(?:#|https?:/*)\s*)?\1[^<>]*>([^<]*)""", re.IGNORECASE
)

_SAID = {
    NO_ADDRESS: gettext_lazy("The link “%(written)s” leads nowhere: write its address."),
    "placeholder": gettext_lazy(
        "“%(written)s” is a placeholder of places in the shop, and stands in the mail as it is; in "
        "a template write %(instead)s."
    ),
    "no_such_name": gettext_lazy(
        "“%(written)s” is a placeholder of places in the shop, and stands in the mail as it is; "
        "templates have no such name."
    ),
    NO_DEFAULT: gettext_lazy(
        "“%(written)s” is empty for customers without such a name; write %(instead)s."
    ),
    "whole": gettext_lazy(
        "“%(written)s” writes nothing, as it is more than one value; write %(instead)s."
    ),
}


@dataclass(frozen=True)
class Doubt:
    """One thing in one part of a template; `line` counts from 1.

    `kind` is a key of the sentences above; `written` stands there, `instead` is to be written.
    """

    kind: str
    part: str
    line: int
    written: str
    instead: str = ""

    def __str__(self) -> str:
        said = str(_SAID[self.kind]) % {"written": self.written, "instead": self.instead}
        if self.kind in (NO_ADDRESS, NO_DEFAULT):  # Found by its text; blocks have no lines.
            return said
        line = _("Line %(line)d: %(said)s") % {"line": self.line, "said": said}
        return f"{self.part}: {line}"


def placeholders_in(text: str, part: str, first_line: int) -> Iterator[Doubt]:
    """Yield the placeholders of placements in a literal `text` of a template.

    These placeholders are a language of their own, which mail does not read.
    """
    for found in _PLACEHOLDER.finditer(text):
        line = first_line + text.count("\n", 0, found.start())
        meant = _MEANT[found[1]]
        if not meant:
            yield Doubt("no_such_name", part, line, found[0])
            continue
        default = (found[2] or "").replace('"', "'")
        named = f'{meant}|default:"{default}"' if default else meant
        yield Doubt("placeholder", part, line, found[0], f"{{{{ {named} }}}}")


def empty_links_in(text: str, part: str, first_line: int) -> Iterator[Doubt]:
    """Yield the links without an address in a literal `text` of a template."""
    for found in _NO_ADDRESS.finditer(text):
        line = first_line + text.count("\n", 0, found.start())
        yield Doubt(NO_ADDRESS, part, line, " ".join(found[2].split()))


def output_in_doubt(
    expression: Expression, shape: Shape, sure: Collection[str], part: str
) -> Doubt | None:
    """Return the warning about an expression whose value is written, if there is one.

    `shape` is the shape of the value; `sure` are the names that have a value at the expression.
    """
    name, written = str(expression.var), f"{{{{ {expression.token} }}}}"
    filters = {getattr(function, "_filter_name", "") for function, _given in expression.filters}
    if instead := _instead_of_whole(f"{name}.0" if "first" in filters else name, shape):
        return Doubt("whole", part, expression.line, written, instead)
    if name in _OFTEN_EMPTY and name not in sure and "default" not in filters:
        instead = f'{{{{ {expression.token}|default:"…" }}}}'
        return Doubt(NO_DEFAULT, part, expression.line, written, instead)
    return None


def _instead_of_whole(name: str, shape: Shape) -> str:
    """Return what writes one of the values below a name; "" where it is one value already."""
    if isinstance(shape, Items):
        each = _instead_of_whole("one", shape.item) or "{{ one }}"
        return f"{{% for one in {name} %}}{each}{{% endfor %}}"
    if isinstance(shape, Fields):
        return f"{{{{ {name}.{next(iter(shape.names))} }}}}"
    if isinstance(shape, Placements):
        return f"{{{{ {name}.mail_top.title }}}}"
    if isinstance(shape, Shown):
        return f"{{{{ {name}.title }}}}"
    return ""
