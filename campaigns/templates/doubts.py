"""What a template says that is right, but was probably meant otherwise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The placeholders of placements, which stand between single braces, and what they are called here.
_MEANT = {
    "first_name": "customer.first_name",
    "segment": "segment.name",
    "top_interest": "",
}
_PLACEHOLDER = re.compile(rf"\{{({'|'.join(_MEANT)})(?:\|([^{{}}\n]*))?\}}")

_SAID = {
    "placeholder": gettext_lazy(
        "“%(written)s” is a placeholder of placements, and stands in the mail as it is; in a "
        "template write %(instead)s."
    ),
    "no_such_name": gettext_lazy(
        "“%(written)s” is a placeholder of placements, and stands in the mail as it is; templates "
        "have no such name."
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
        line = _("Line %(line)d: %(said)s") % {"line": self.line, "said": said}
        return f"{self.part}: {line}"


def placeholders_in(text: str, part: str, first_line: int) -> Iterator[Doubt]:
    """Yield what a `text` that stands in a template as it is has of the placeholders of placements.

    They are a language of their own, which mail does not read.
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
