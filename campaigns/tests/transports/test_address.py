"""What is one address, and how it is spelt."""

import pytest

from campaigns.transports.address import BadAddress, mailbox


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("jane@shop.example", "jane@shop.example"),
        (" jane@Shop.Example\n", "jane@shop.example"),
        ("Jane.O'Neil+x@shop.example", "Jane.O'Neil+x@shop.example"),
        ("jane@bücher.example", "jane@xn--bcher-kva.example"),
        ("jane@BÜCHER.example", "jane@xn--bcher-kva.example"),
        ("jane@straße.example", "jane@xn--strae-oqa.example"),
        ("jane@例え。jp", "jane@xn--r8jz45g.jp"),
        ("jane@r3---sn.example", "jane@r3---sn.example"),
        ("jane@localhost", "jane@localhost"),
        ('"jane"@shop.example', "jane@shop.example"),
        ('"a, b@c"@shop.example', '"a, b@c"@shop.example'),
        (r'"a\"b\\"@shop.example', r'"a\"b\\"@shop.example'),
        ("jäne@shop.example", "jäne@shop.example"),
    ],
)
def test_one_address_is_spelt_for_servers(text: str, spelt: str):
    assert mailbox(text, "it").spelt == spelt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jane",
        "@shop.example",
        "jane@",
        "a@b.de, c@d.de",
        "a@b.de,c@d.de",
        "a@b.de;c@d.de",
        "a@b.de c@d.de",
        "Jane <jane@shop.example>",
        "<jane@shop.example>",
        '"Jane" <jane@shop.example>',
        "jane doe@shop.example",
        "jane@shop.example>",
        "jane@shop.example (x)",
        "group:a@b.de;",
        "a@b.de\r\nBcc: c@d.de",
        "a@b.de\r\nc.de",
        "a\n@b.de",
        "a@b\x00.de",
        "a\x00@b.de",
        '"a\r\nRCPT TO:<x@y.de>"@b.de',
        "a\u2028@b.de",
        "a\u200b@b.de",
        "a\u00a0@b.de",
        "a\ud800@b.de",
        "a@b\ud800.de",
        "a＠b.de",
        "a@b，c.de",
        "a@-b.de",
        "a@b..de",
        "a@b_c.de",
        "a@[127.0.0.1]",
        "a@b.de>",
        ".a@b.de",
        "a..b@b.de",
        '"a"b@c.de',
        "=?utf-8?q?=0D=0AX:_y?=a@b.de",
        "a@" + "ü" * 70 + ".de",
        "a" * 320 + "@b.de",
    ],
)
def test_anything_else_is_refused_without_repeating_it(text: str):
    with pytest.raises(BadAddress, match="^it ") as refused:
        mailbox(text, "it")
    assert refused.value.code == "address"
    assert not text or text not in str(refused.value)
