"""The message that is composed: its headers, its body, its lines."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest

from campaigns.tests.transports.mails import HEADERS, a_mail
from campaigns.transports.address import BadAddress
from campaigns.transports.mail import compose_message

AT = datetime(2026, 3, 4, 6, 7, 8, tzinfo=timezone(timedelta(hours=1)))


def read(**changes: object) -> EmailMessage:
    """Return what a mail program makes of the bytes."""
    data = compose_message(a_mail(**changes), clock=lambda: AT).as_bytes()
    return message_from_bytes(data, policy=policy.default)


def test_headers_are_those_of_the_contract():
    message = read()

    assert list(message.keys())[:-2] == HEADERS[:-2]
    assert set(message.keys()) == set(HEADERS)
    assert message["Message-ID"] == "<7.k3jx9@shop.example>"
    assert message["Date"].datetime == AT.astimezone(UTC)
    assert message["From"] == "The Shop <news@shop.example>"
    assert message["To"] == "jane.doe@customer.example"
    assert message["Reply-To"] == "help@shop.example"
    assert message["Subject"] == "Spring is here"
    assert message["List-Id"] == "<news.shop.example>"
    assert message["List-Unsubscribe"] == "<https://shop.example/m/u/AbC-123_x/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Feedback-ID"] == "spring:campaign:shop"


def test_the_message_itself_reads_like_its_bytes():
    message = compose_message(a_mail(subject="Grüße"))

    assert message["Subject"] == "Grüße"
    assert message["To"] == "jane.doe@customer.example"
    assert message.get_body(("html",)).get_content() == "<p>Hello Jane</p>\n"


def test_text_comes_first_and_both_parts_are_utf8():
    message = read(text="Grüße aus Köln", html="<p>Grüße aus Köln 🎉</p>")

    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().rstrip("\r\n") == "Grüße aus Köln"
    assert html.get_content().rstrip("\r\n") == "<p>Grüße aus Köln 🎉</p>"
    assert {part.get_content_charset() for part in (text, html)} == {"utf-8"}


def test_the_message_id_is_the_same_for_every_attempt():
    assert compose_message(a_mail())["Message-ID"] == compose_message(a_mail())["Message-ID"]


def test_a_test_has_no_unsubscribing():
    assert {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(read(is_test=True).keys()) == set()
    assert read(is_test=True)["List-Id"] == "<news.shop.example>"


def test_what_is_empty_is_left_out():
    message = read(reply_to="", list_id="", feedback_id="", from_name="")

    assert {"Reply-To", "List-Id", "Feedback-ID"} & set(message.keys()) == set()
    assert message["From"] == "news@shop.example"


@pytest.mark.parametrize("url", ["https://shop.example/m/u/" + "a" * 300, "https://x.example/ä b"])
def test_the_url_to_unsubscribe_stays_one_word_of_ascii(url: str):
    data = compose_message(a_mail(unsubscribe_url=url)).as_bytes()

    (line,) = (line for line in data.split(b"\r\n") if line.startswith(b"List-Unsubscribe:"))
    assert line.decode("ascii").count(" ") == 1
    assert line.endswith(b">")
    assert b"=?" not in line


def test_a_url_longer_than_a_line_is_refused():
    with pytest.raises(ValueError, match="List-Unsubscribe does not fit"):
        compose_message(a_mail(unsubscribe_url="https://shop.example/" + "a" * 1000))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000,
        "ü" * 5000,
        "word " * 2000,
        "<p>" + "y" * 3000 + "🎉" * 300 + "</p>",
        "a\rb\r\nc\nd",
        "." * 3000 + "\n.\n..\n",
    ],
)
def test_no_line_is_too_long_nor_8_bit(text: str):
    subject = text[:250].replace("\n", " ")
    mail = a_mail(html=text, text=text, subject=subject, from_name=subject, feedback_id=text)
    data = compose_message(mail).as_bytes()

    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert b"\n" not in data.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "subject", ["Sale", "Grüße 🎉", "=?utf-8?q?no=0D=0AX:_y?=", "a=?b", "x" * 250]
)
def test_a_subject_is_read_as_it_was_written(subject: str):
    assert read(subject=subject)["Subject"] == subject


@pytest.mark.parametrize(
    "name",
    [
        "Shop",
        "Müller, Söhne & Co",
        'The "Shop" (x) \\',
        "a@b.de,",
        "=?utf-8?q?x?=",
        "<x>",
    ],
)
def test_a_name_is_read_as_it_was_written(name: str):
    (sender,) = read(from_name=name)["From"].addresses

    assert sender.display_name == name
    assert sender.addr_spec == "news@shop.example"


def test_a_long_name_is_decoded_as_it_was_written():
    name = "Zä" * 120
    data = compose_message(a_mail(from_name=name)).as_bytes()

    # The library's own parser of addresses puts spaces between encoded words; RFC 2047 does not.
    header = message_from_bytes(data, policy=policy.compat32)["From"]
    assert str(make_header(decode_header(header))) == f"{name} <news@shop.example>"


def test_bodies_lose_what_no_mail_may_have():
    message = read(text="a\x00b\x07c\ud800d\te", html="<p>\x00\udfff</p>")

    assert message.get_body(("plain",)).get_content().rstrip("\r\n") == "abcd\te"
    assert message.get_body(("html",)).get_content().rstrip("\r\n") == "<p></p>"


def test_international_domains_are_written_as_idna():
    message = read(
        to="jane@bücher.example",
        from_email="news@müller.example",
        message_id="1.x@müller.example",
        list_id="news.müller.example",
    )

    assert message["To"] == "jane@xn--bcher-kva.example"
    assert message["From"].addresses[0].domain == "xn--mller-kva.example"
    assert message["Message-ID"] == "<1.x@xn--mller-kva.example>"
    assert message["List-Id"] == "<news.xn--mller-kva.example>"


def test_only_a_local_part_beyond_ascii_makes_a_message_of_utf8():
    assert compose_message(a_mail(subject="Grüße")).as_bytes().isascii()
    assert (
        "To: jäne@shop.example\r\n".encode()
        in compose_message(a_mail(to="jäne@shop.example")).as_bytes()
    )


@pytest.mark.parametrize("field", ["to", "from_email", "reply_to"])
def test_two_addresses_are_none(field: str):
    with pytest.raises(BadAddress):
        compose_message(a_mail(**{field: "a@b.de, c@d.de"}))
