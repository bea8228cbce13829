"""What the author of a template is warned of."""

import pytest

from campaigns.tests.templates.made import rendered

NO_ADDRESS = "A link or an image has no full address that begins with https://."
WARNINGS = [
    ("<p>x</p>", []),
    ('<img src="https://x.example/a.png">', ["1 image has no alternative text."]),
    (
        "<img src='https://a.example'><img src='https://b.example'>",
        ["2 images have no alternative text."],
    ),
    ('<img src="https://x.example/a.png" alt="">', []),
    (
        '<img src="a.png" alt="">',
        ["“a.png” leads nowhere in a mail: an address begins with https://."],
    ),
    ('<a href="/x">x</a>', ["“/x” leads nowhere in a mail: an address begins with https://."]),
    ('<a href="">x</a>', []),  # A doubt names this link.
    ('<a href="javascript:x()">x</a>', [NO_ADDRESS]),
    # Doubts name links of the template, even those that this recipient does not get.
    ('<a href="">x</a><a href="">x</a>', []),
    (
        '{% if customer.first_name == "-" %}<a href="">x</a>{% endif %}'
        "<a href='javascript:x()'>y</a>",
        [NO_ADDRESS],
    ),
    ("<a name='top'></a>", []),
]


@pytest.mark.parametrize(("html", "warnings"), WARNINGS)
def test_warnings(html: str, warnings: list[str]) -> None:
    assert rendered(html).warnings == warnings


def test_a_mail_that_gmail_would_cut() -> None:
    mail = rendered("<p>" + "é" * 51_000 + "</p>")
    assert mail.size == len(mail.html.encode()) > 102_000
    assert mail.warnings == [f"The HTML has {mail.size} bytes; Gmail cuts it off after 102000."]
    assert rendered("<p>" + "é" * 50_000 + "</p>").warnings == []
