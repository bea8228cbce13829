"""The calls about sequences: written with their steps, started, reported; what is refused."""

import pytest

from campaigns.models import Message, Sequence
from campaigns.sequences import advance
from campaigns.tests.conftest import RIGHTS
from campaigns.tests.sequences.rows import new_step, states
from customers.models import AuditEntry

pytestmark = pytest.mark.django_db

ADDRESS = "sequences/"
STEP = {"number": 1, "delay_minutes": 60, "template": "one"}
BODY = {"segment": "carts", "trigger": "enter", "steps": [STEP]}


@pytest.fixture
def boss(client_with):
    """Somebody who may do everything about sequences."""
    rights = [f"campaigns.{right}_sequence" for right in ("view", "add", "change", "delete")]
    return client_with(*RIGHTS, *rights, "segments.view_segment")


def codes(answer):
    return [(error.get("path"), error["code"]) for error in answer.json()["errors"]]


def test_what_is_left_out_has_its_default(boss, segment):
    made = boss.send("POST", ADDRESS, BODY).json()
    assert made == {
        "id": Sequence.objects.get().pk,
        "segment": "carts",
        "trigger": "enter",
        "is_active": False,
        "steps": [new_step(**STEP)],
        "reentry": "after_completion",
        "reentry_days": 0,
        "max_sends": 0,
        "on_definition_change": "silent",
        "send_time": "asap",
        "stop_on_order": False,
        "reason": "",
        "starting": None,
        "version": 1,
        "warnings": [],
    }
    (listed,) = boss.send("GET", ADDRESS).json()["results"]
    assert listed == {name: value for name, value in made.items() if name != "warnings"}
    assert boss.send("GET", f"{ADDRESS}?segment=other").json()["results"] == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"segment": "gone"}, [("segment", "unknown_segment")]),
        ({"trigger": "both"}, [("trigger", "invalid_choice")]),
        ({"steps": [STEP, STEP]}, [("steps[1].number", "number_taken")]),
        ({"steps": [STEP | {"number": 0}]}, [("steps[0].number", "number")]),
        ({"steps": [STEP | {"delay_minutes": -1}]}, [("steps[0].delay_minutes", "delay")]),
        ({"steps": [STEP | {"template": "gone"}]}, [("steps[0].template", "unknown_template")]),
        ({"steps": [STEP | {"coupon_rule": "no"}]}, [("steps[0].coupon_rule", "unknown_rule")]),
        ({"steps": [STEP | {"coupon_days": -1}]}, [("steps[0].coupon_days", "coupon_days")]),
        ({"steps": [STEP | {"surprise": 1}]}, [("steps[0].surprise", "unknown_field")]),
    ],
)
def test_what_is_refused(boss, segment, values, found):
    answer = boss.send("POST", ADDRESS, BODY | values)
    assert (answer.status_code, codes(answer)) == (400, found)
    assert not Sequence.objects.exists()


@pytest.mark.parametrize("junk", [None, [], {}, "1", 1.5, True, 10**30, "\x00", "\ud800", [[]]])
def test_junk_in_any_field_of_a_step_is_a_400(boss, segment, junk):
    for name in ("number", "delay_minutes", "template", "coupon_rule", "coupon_days", "is_active"):
        answer = boss.send("POST", ADDRESS, BODY | {"steps": [STEP | {name: junk}]})
        assert answer.status_code in (201, 400), (name, answer.json())
        Sequence.objects.all().delete()


def test_members_start_by_intent(boss, segment, make_subscriber, enter):
    enter(make_subscriber("1"), make_subscriber("2"))
    one = f"{ADDRESS}{boss.send('POST', ADDRESS, BODY | {'is_active': True}).json()['id']}/"
    refused = boss.send("POST", f"{one}start-for-members/", {"expected": 3})
    assert refused.status_code == 409
    assert (codes(refused), refused.json()["eligible"]) == ([("", "audience_changed")], 2)
    assert not Message.objects.exists()
    assert boss.send("POST", f"{one}start-for-members/", {}).status_code == 400
    assert boss.send("POST", f"{one}start-for-members/", {"expected": 2}).status_code == 202
    advance()
    assert states() == [(1, "scheduled", "")] * 2
    rows = boss.send("GET", f"messages/?sequence={one.split('/')[-2]}").json()["results"]
    assert [(row["kind"], row["source"], row["step"]) for row in rows] == [
        ("sequence", f"sequence:{Sequence.objects.get().pk}", 1)
    ] * 2
    report = boss.send("GET", f"{one}report/").json()
    assert (report["total"], report["scheduled"], report["steps"][0]["total"]) == (2, 2, 2)
    assert AuditEntry.objects.filter(action="members_started").count() == 1
    mail = boss.send("GET", "segments/carts/mail/").json()
    assert [(row["trigger"], row["is_active"]) for row in mail["sequences"]] == [("enter", True)]


def test_an_active_one_is_written_by_whoever_may_send(client_with, boss, segment):
    rights = [f"campaigns.{right}_sequence" for right in ("view", "add", "change", "delete")]
    clerk = client_with(*rights)
    assert clerk.send("POST", ADDRESS, BODY | {"is_active": True}).status_code == 403
    one = f"{ADDRESS}{clerk.send('POST', ADDRESS, BODY).json()['id']}/"
    assert clerk.send("PATCH", one, {"is_active": True}, **{"If-Match": '"1"'}).status_code == 403
    assert boss.send("PATCH", one, {"is_active": True}, **{"If-Match": '"1"'}).status_code == 200
    assert clerk.send("PATCH", one, {"steps": []}, **{"If-Match": '"2"'}).status_code == 403
    assert clerk.send("POST", f"{one}start-for-members/", {"expected": 0}).status_code == 403
    assert clerk.send("POST", f"{one}resume/").status_code == 403


def test_an_active_one_and_one_with_messages_are_not_deleted(boss, segment, make_subscriber, enter):
    one = f"{ADDRESS}{boss.send('POST', ADDRESS, BODY | {'is_active': True}).json()['id']}/"
    assert codes(boss.send("DELETE", one, **{"If-Match": '"1"'})) == [("", "in_use")]
    enter(make_subscriber("1"))
    boss.send("PATCH", one, {"is_active": False}, **{"If-Match": '"1"'})
    assert boss.send("DELETE", one, **{"If-Match": '"2"'}).status_code == 409
    Message.objects.all().delete()
    assert boss.send("DELETE", one, **{"If-Match": '"2"'}).status_code == 204


def test_what_it_uses_is_not_deleted(boss, segment, client_with, rule):
    steps = [STEP | {"coupon_rule": "ten", "coupon_days": 7, "coupon_prefix": "CART"}]
    boss.send("POST", ADDRESS, BODY | {"steps": steps})
    template = boss.send("DELETE", "mail-templates/one/", **{"If-Match": '"1"'})
    assert (template.status_code, codes(template)) == (409, [("", "in_use")])
    prices = client_with("price_rules.delete_cartpricerule", "price_rules.view_cartpricerule")
    assert prices.send("DELETE", "cart-price-rules/ten/", **{"If-Match": '"1"'}).status_code == 409


def test_the_segment_and_the_trigger_never_change(boss, segment):
    one = f"{ADDRESS}{boss.send('POST', ADDRESS, BODY).json()['id']}/"
    answer = boss.send("PATCH", one, {"trigger": "exit"}, **{"If-Match": '"1"'})
    assert codes(answer) == [("trigger", "read_only")]
    twice = boss.send("POST", ADDRESS, BODY)
    assert codes(twice) == [("trigger", "unique")]


def test_members_are_started_once_by_a_call_that_is_made_again(
    boss, segment, make_subscriber, enter
):
    enter(make_subscriber("1"))
    made = boss.send("POST", ADDRESS, BODY | {"is_active": True})
    one, version = f"{ADDRESS}{made.json()['id']}/", {"If-Match": made["ETag"]}
    started = boss.send("POST", f"{one}start-for-members/", {"expected": 1}, **version)
    assert (started.status_code, Message.objects.count()) == (202, 1)
    Message.objects.update(state="sent")
    again = boss.send("POST", f"{one}start-for-members/", {"expected": 1}, **version)
    assert (again.status_code, Message.objects.count()) == (412, 1)
    assert boss.send("GET", one)["ETag"] == started["ETag"]


def test_far_too_many_steps_are_refused_before_each_is_looked_at(boss, segment):
    answer = boss.send("POST", ADDRESS, BODY | {"steps": [{"nothing": 1}] * 25_000})
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 1
