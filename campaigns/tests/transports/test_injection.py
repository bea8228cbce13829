"""Nothing in any field of a mail makes a header, a recipient or a command of its own."""

from dataclasses import fields
from email import message_from_bytes, policy

import pytest

from campaigns.tests.transports.mails import HEADERS, PLAIN, a_mail
from campaigns.tests.transports.servers import carrying, proper
from campaigns.transports.mail import Mail
from campaigns.transports.outcome import Outcome
from tests.cases import pairs

EVIL = [
    "\r\nBcc: evil@evil.example",
    "\nBcc: evil@evil.example",
    "\rBcc: evil@evil.example",
    "\r\n\r\nA body of my own",
    "\n\n<script>",
    "\x00\r\nX-Evil: 1",
    "\x0bX-Evil: 1",
    "\x0cX-Evil: 1",
    "\x1c\x1d\x1eX-Evil: 1",
    "\x85X-Evil: 1",
    "\u2028X-Evil: 1",
    "\u2029X-Evil: 1",
    "=?utf-8?q?=0D=0AX-Evil:_1?=",
    "=?utf-8?b?DQpYLUV2aWw6IDE=?=",
    "=?us-ascii?q?=0AX-Evil=3A_1?= =?utf-8?q?=0D=0A=0D=0Abody?=",
    ">\r\nX-Evil: 1\r\nY: <",
    '"\r\nX-Evil: 1',
    ", evil@evil.example",
    " <evil@evil.example>",
    ">, <evil@evil.example",
    "; evil@evil.example",
    "\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n",
    "\n.\nQUIT\n",
    "\r\n.\r\r\n.\r\n",
    "> SIZE=1\r\nRCPT TO:<evil@evil.example>",
    "%0d%0aX-Evil: 1",
    "\\r\\nX-Evil: 1",
    "\ud800\r\nX-Evil: 1",
    "a" * 1200 + "\r\n X-Evil: 1",
    "\r\n\tX-Evil: 1",
    "--===============1==\r\nX-Evil: 1",
]
TEXTS = [field.name for field in fields(Mail) if field.name != "is_test"]
ADDRESSES = {"to", "from_email", "reply_to"}
# Longer than any line: composing refuses it.
TOO_LONG = 998


@pytest.fixture(scope="module")
def server():
    with proper() as found:
        yield found


@pytest.mark.parametrize(("field", "where"), pairs(TEXTS, ["after", "before", "alone"]))
def test_no_field_makes_headers_or_recipients(server, field: str, where: str):
    kept, port = server
    with carrying(port) as carrier:
        for evil in EVIL:
            usual = getattr(PLAIN, field)
            value = {"after": usual + evil, "before": evil + usual, "alone": evil}[where]
            if field in {"unsubscribe_url", "message_id"} and len(value) > TOO_LONG:
                continue
            kept.envelopes.clear()
            outcome = carrier.hand_over(a_mail(**{field: value})).outcome

            if outcome is Outcome.ADDRESS:
                assert field in ADDRESSES | {"message_id"}
                assert kept.envelopes == []
                continue
            assert outcome is Outcome.SENT
            (envelope,) = kept.envelopes
            check(envelope, field, evil)


def check(envelope, field: str, evil: str) -> None:
    """One recipient, the headers of the contract, each once, and a body of two parts."""
    message = message_from_bytes(envelope.content, policy=policy.SMTP)
    optional = {"reply_to": "Reply-To", "list_id": "List-Id", "feedback_id": "Feedback-ID"}
    names = [name for name in message if name != "X-Peer"]
    missing = set(HEADERS) - set(names)
    assert missing <= {optional.get(field, "")}, evil
    assert sorted(names) == sorted(set(HEADERS) - missing), evil
    assert envelope.mail_from == "news@shop.example"
    assert envelope.rcpt_tos == ["jane.doe@customer.example"]
    (recipient,) = message["To"].addresses
    assert recipient.addr_spec == "jane.doe@customer.example"
    assert len(message["From"].addresses) == 1
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for name in set(names):
        raw = message.get(name)
        assert "\n" not in str(raw), evil
        assert "\r" not in str(raw), evil
