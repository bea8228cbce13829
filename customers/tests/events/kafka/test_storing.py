"""What messages say is stored as the call stores it, and refused as the call refuses it."""

import json
import logging

import pytest

from core.problems import Problem
from customers.events.kafka import storing
from customers.events.kafka.refused import problems_in_words, tell
from customers.events.kafka.storing import store
from customers.events.reading import MOST_EVENTS
from customers.models import Customer, Login, ReceivedEvent
from customers.tests.events.kafka.conftest import Sent, login, saved


def written(document):
    return json.dumps(document).encode()


BAD = {
    "no JSON": b"{",
    "not UTF-8": b'{"type": "login\xff"}',
    "a key twice": b'{"type": "login", "type": "login"}',
    "no number": b'{"type": NaN}',
    "too deep": b"[" * 5_000,
    "a text": b'"login"',
    "null": b"null",
    "nothing in it": b"{}",
    "no events": b"[]",
    "too many events": written([{}] * (MOST_EVENTS + 1)),
    "a list in a list": b"[[]]",
    "unknown type": written(saved(1, id="x") | {"type": "customer.sold"}),
    "no offset": written(saved(2, id="x") | {"occurred_at": "2026-05-01T00:00:00"}),
    "unknown key": written(saved(3, id="x") | {"more": 1}),
    "unknown column": written(saved(4, id="x", shoe_size=42)),
    "NUL": written(saved(5, id="x", first_name="a\0b")),
    "NUL in an id": written(saved("a\0b", id="x")),
    "half a character": b'{"type": "login", "id": "\\ud800"}',
    "beyond a column": written(saved(6, id="x" * 65)),
    "nobody": written(login(7, "nobody")),
    "the second of two": written([saved("two", id="two"), saved(8, id="x", email=[])]),
    "in an address": written(saved(9, id="x", addresses=[{"city": "Ulm"}, {"town": "Ulm"}])),
    "too large": written(saved(10, id="x", first_name="x" * 20_000)),
}


@pytest.fixture
def limit(settings):
    """A limit of bytes that is quickly gone beyond; `too many events` is just below it."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000


def faults(problems):
    return [(one.path, one.code) for one in problems]


@pytest.mark.django_db
def test_each_is_refused_as_the_call_refuses_it_and_the_others_are_stored(send, limit):
    expected = []
    for value in BAD.values():
        reply = send.client.post("/api/v1/events/", value, content_type="application/json")
        assert reply.status_code == 400, value
        expected.append([(one["path"], one["code"]) for one in reply.json()["errors"]])
    assert not Customer.objects.exists()

    messages = []
    for number, value in enumerate(BAD.values()):
        messages += [
            Sent(value, 2 * number),
            Sent(written(saved(f"good {number}", id=f"c{number}")), 2 * number + 1),
        ]
    stored = store(messages)
    assert [faults(one.problems) for one in stored.refusals] == expected
    assert [one.message.offset() for one in stored.refusals] == list(range(0, 2 * len(BAD), 2))
    everybody = {f"c{number}" for number in range(len(BAD))} | {"two"}
    assert set(Customer.objects.values_list("external_id", flat=True)) == everybody
    assert stored.accepted == len(everybody) == ReceivedEvent.objects.count()


@pytest.mark.django_db
def test_a_message_without_a_value_is_refused():
    refusals = store([Sent(None), Sent(b"")]).refusals
    assert [faults(one.problems) for one in refusals] == [[("", "no_value")], [("", "not_json")]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("most", "parts"), [(1000, [7]), (4, [3, 4]), (3, [3, 3, 1]), (1, [1, 1, 1, 3, 1])]
)
def test_a_transaction_has_so_many_events_or_one_message(monkeypatch, most, parts):
    sizes = []
    receive = storing.receive

    def noted(body, **options):
        sizes.append(len(body) if isinstance(body, list) else 1)
        return receive(body, **options)

    monkeypatch.setattr(storing, "receive", noted)
    events = [
        saved(1, id="c1"),
        login(2, "c1"),
        login(3, "c1"),
        [login(4, "c1"), login(4, "c1"), login(5, "nobody")],
        login(6, "nobody"),
    ]
    stored = store([Sent(written(one), at) for at, one in enumerate(events)], most=most)
    assert sizes == parts
    assert (stored.accepted, stored.repeated, Login.objects.count()) == (4, 1, 3)
    assert [(one.message.offset(), faults(one.problems)) for one in stored.refusals] == [
        (3, [("[2].data.customer", "unknown_customer")]),
        (4, [("data.customer", "unknown_customer")]),
    ]


@pytest.mark.django_db
def test_what_is_refused_may_come_again():
    messages = [Sent(written([saved(1, id="c1"), login(2, "c2")]), 0)]
    assert len(store(messages).refusals) == 1
    later = store([Sent(written(saved(3, id="c2")), 1), *messages])
    assert (later.accepted, later.repeated, later.refusals) == (2, 1, [])


@pytest.mark.django_db
def test_a_refused_event_that_comes_again_put_right_is_stored():
    """Also when it is read together with the one that was refused."""
    early = login(1, "late")
    values = [early, saved("late", id="late"), early, early]
    stored = store([Sent(written(one), at) for at, one in enumerate(values)])
    assert [one.message.offset() for one in stored.refusals] == [0]
    assert (stored.accepted, stored.repeated) == (2, 1)


@pytest.mark.django_db
def test_the_log_names_nobody(caplog):
    caplog.set_level(logging.INFO)
    ann = "ann@shop.example"
    values = [
        saved(1, id="x", email=[ann], first_name=ann * 100),
        saved(2, id="x") | {ann: 1},
        saved(3, **{"id": "x", ann: ann}),
        login(4, ann),
        f"not JSON {ann}",
    ]
    refusals = store([Sent(written(one), at) for at, one in enumerate(values)]).refusals
    tell(refusals)
    assert len(refusals) == len(values)
    assert ann not in caplog.text
    for at in range(len(values)):
        assert f"Refused shop/3/{at}: " in caplog.text
    assert "unknown_customer at data.customer" in caplog.text
    assert "unknown_field at ..." in caplog.text


@pytest.mark.once
def test_of_many_problems_the_first_are_told():
    problems = [Problem(f"data.items[{n}].sku", "missing", "…") for n in range(40)]
    assert problems_in_words(problems).count("missing") == 5
    assert problems_in_words(problems).endswith("and 35 more")
