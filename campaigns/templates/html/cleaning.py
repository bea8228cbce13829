"""HTML and styles without scripts, forms, event handlers and addresses that run something."""

import re
from functools import partial

from campaigns.templates.html.addresses import Addresses

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# A backslash could spell any of the others in another way.
_DANGEROUS = re.compile(
    r"@import[^;{}]*;?|url\s*\(|src\s*\(|image-set\s*\(|expression|javascript|vbscript"
    r"|behavior|-moz-binding|[<\\\x00]",
    re.IGNORECASE,
)


def clean_css(css: str) -> str:
    """Return `css` without dangerous words; each becomes a space, so that no rest forms another."""
    return _DANGEROUS.sub(" ", _COMMENT.sub(" ", css)).strip()


_TAG_NAMES = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header "
    "hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub "
    "sup table tbody td tfoot th thead tr tt u ul var wbr"
)
_TAGS = frozenset(_TAG_NAMES.split())
# Elements removed with their content; other tags that are not allowed leave their text.
_REMOVED_NAMES = (
    "applet audio canvas embed frameset iframe math noembed noframes noscript object script "
    "select style svg template textarea title video xml"
)
_REMOVED_WHOLE = frozenset(_REMOVED_NAMES.split())
_ATTRIBUTE_NAMES = (
    "align aria-hidden aria-label bgcolor class dir height id lang role style title valign width"
)
_EVERYWHERE = frozenset(_ATTRIBUTE_NAMES.split())
_OF_CELLS = frozenset({"background", "border", "colspan", "nowrap", "rowspan", "scope"})
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": frozenset({"href", "name", "target"}),
    "col": frozenset({"span"}),
    "font": frozenset({"color", "face", "size"}),
    "hr": frozenset({"color", "noshade", "size"}),
    "img": frozenset({"alt", "border", "hspace", "src", "vspace"}),
    "ol": frozenset({"start", "type"}),
    "table": frozenset({"background", "border", "cellpadding", "cellspacing", "summary"}),
    "td": _OF_CELLS,
    "th": _OF_CELLS,
    "ul": frozenset({"type"}),
}
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_ADDRESSES = frozenset({"background", "href", "src"})


def _kept(addresses: Addresses, tag: str, attribute: str, value: str) -> str | None:
    if attribute == "style":
        return clean_css(value) or None
    if attribute in _ADDRESSES:
        return addresses.whole(attribute, value)
    return value


def clean_html(html: str, addresses: Addresses) -> str:
    """Return the content of the body of `html`, well-formed and harmless, without the styles.

    `addresses` resolves the addresses of links and images.
    """
    # A process that shows no mail does not load the library.
    import nh3

    cleaned: str = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_REMOVED_WHOLE,
        attributes=_ATTRIBUTES,
        attribute_filter=partial(_kept, addresses),
        url_schemes=_SCHEMES,
        # The filter makes relative addresses absolute, or removes them.
        url_relative="pass_through",
        link_rel=None,
    )
    return cleaned
