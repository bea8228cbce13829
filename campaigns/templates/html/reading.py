"""The text, links and images that a reader of HTML sees."""

import re
import textwrap
from html.parser import HTMLParser

_LINE_WIDTH = 78
# Marks that no text has, because the values and the HTML lose such characters.
_LINE, _PARAGRAPH, _BULLET = "\x1e", "\x1f", "\x1d"
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_BREAKS = re.compile("[ \n\x1e\x1f]*[\n\x1e\x1f][ \n\x1e\x1f]*")
_AFTER_BULLET = re.compile("\x1d[ \n\x1e\x1f]*")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)

_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_PARAGRAPH_NAMES = "blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul"
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_LINE_NAMES = (
    "address article aside caption center dd div dt figcaption figure footer header li main "
    "nav section td th tr"
)
_LINES = frozenset(_LINE_NAMES.split())


class Reading(HTMLParser):
    """The visible content of well-formed HTML, without the elements that a style hides.

    `text` has lines of at most 78 characters, longer where an address is longer. `links` are the
    addresses of links that show something. `undescribed` counts images without alternative text,
    `nowhere` has the texts of links and images whose address was missing or not allowed.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.undescribed = 0
        self.nowhere: list[str] = []
        self._written: list[str] = []
        self._hidden = 0
        self._open_links: list[tuple[str | None, int, bool]] = []
        self._has_image = False
        self.feed(html)
        self.close()
        self.text = self._as_lines()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add the text, link or image of a start tag."""
        found = {name: value or "" for name, value in attrs}
        if self._hidden or _HIDDEN.search(found.get("style", "")):
            self._hidden += tag not in _VOID
        elif tag == "a":
            self._start_link(found)
        elif tag == "img":
            self._image(found)
        elif tag == "br":
            self._written.append("\n")
        elif tag == "hr":
            self._written.append(f"{_PARAGRAPH}---{_PARAGRAPH}")
        else:
            self._break(tag)
            if tag == "li":
                self._written.append(_BULLET)

    def handle_endtag(self, tag: str) -> None:
        """End the link, line or hidden element of an end tag."""
        if self._hidden:
            self._hidden -= 1
        elif tag == "a" and self._open_links:
            self._end_link(*self._open_links.pop())
        else:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        """Note a piece of text."""
        if not self._hidden:
            self._written.append(re.sub(r"\s+", " ", _CONTROLS.sub("", data)))

    def _as_lines(self) -> str:
        marked = re.sub(" +", " ", "".join(self._written))
        marked = _BREAKS.sub(_one_break, _AFTER_BULLET.sub("- ", marked))
        return "\n".join(_wrapped(line.strip()) for line in marked.strip().split("\n"))

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._written.append(_PARAGRAPH)
        elif tag in _LINES:
            self._written.append(_LINE)

    def _image(self, found: dict[str, str]) -> None:
        self.undescribed += "alt" not in found
        if "src" not in found:
            self.nowhere.append("")
        self._has_image = True
        self.handle_data(found.get("alt", ""))

    def _start_link(self, found: dict[str, str]) -> None:
        # What has a name and no address is the target of a link.
        address = found.get("href", "" if "name" in found else None)
        self._open_links.append((address, len(self._written), self._has_image))
        self._has_image = False

    def _end_link(self, address: str | None, start: int, had_image: bool) -> None:
        label = "".join(self._written[start:]).strip(f" \n{_LINE}{_PARAGRAPH}")
        if address is None:
            self.nowhere.append(label)
        elif address and (label or self._has_image):
            self.links.add(address)
            if not label:
                self._written.append(address)
            elif label not in (address, address.removeprefix("mailto:")):
                self._written.append(f" ({address})")
        self._has_image = had_image


def _one_break(found: re.Match[str]) -> str:
    is_paragraph = _PARAGRAPH in found[0] or found[0].count("\n") > 1
    return "\n\n" if is_paragraph else "\n"


def _wrapped(line: str) -> str:
    if len(line) <= _LINE_WIDTH:
        return line
    further = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line,
        _LINE_WIDTH,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
