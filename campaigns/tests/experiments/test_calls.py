"""Experiments of mail by the API, theirs and that of campaigns: every reason to refuse one."""

import pytest

from campaigns.audience.freezing import freeze
from campaigns.delivery.lifecycle import cancel
from campaigns.models import Campaign
from campaigns.tests.conftest import AT, RIGHTS
from campaigns.tests.experiments.conftest import CONTROL, OTHER
from customers.models import AuditEntry
from personalization.experiments.resource import EXPERIMENTS
from personalization.experiments.running import start, stop
from personalization.models import Placement

pytestmark = pytest.mark.django_db
ALL = "personalization/experiments/"
OF_EXPERIMENTS = [
    f"personalization.{right}_experiment"
    for right in ("view", "add", "change", "delete", "start", "stop")
]
NEW = {"code": "loudness", "name": "Loud?", "planned_size": 10, "variants": [CONTROL, OTHER]}


@pytest.fixture
def merchant(client_with):
    return client_with(*RIGHTS, *OF_EXPERIMENTS)


def found(answer, status=400):
    assert answer.status_code == status, answer.content
    return [(one["path"], one["code"]) for one in answer.json()["errors"]]


def with_variant(**fields):
    return NEW | {"variants": [CONTROL, {"code": "b", "weight": 5000, **fields}]}


def test_an_experiment_is_written_and_read(merchant, make_template):
    make_template("short")
    both = {"code": "both", "weight": 2000, "subject": "Hi", "template": "short"}
    body = NEW | {"variants": [CONTROL, {**OTHER, "weight": 3000}, both]}
    made = merchant.send("POST", ALL, body)
    assert made.status_code == 201, made.content
    assert made.json()["variants"] == body["variants"]
    again = merchant.send("PUT", f"{ALL}loudness/", made.json(), if_match='"1"')
    assert (again.status_code, again.json()["version"]) == (200, 1)
    assert merchant.send("POST", f"{ALL}loudness/start/").json()["state"] == "running"
    locked = merchant.send("PATCH", f"{ALL}loudness/", with_variant(), if_match='"2"')
    assert ("variants", "locked") in found(locked, 409)


def test_several_may_run_at_once(merchant):
    for code in ("one", "two"):
        assert merchant.send("POST", ALL, NEW | {"code": code}).status_code == 201
        assert merchant.send("POST", f"{ALL}{code}/start/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"subject": "{{ nobody }}"}, "subject", "unknown_variable"),
        ({"subject": "{% if %}"}, "subject", "syntax"),
        ({"subject": "{% load x %}"}, "subject", "not_allowed"),
        ({"subject": "x" * 251}, "subject", "too_long"),
        ({"subject": "a\nBcc: b"}, "subject", "syntax"),
        ({"subject": "a\rb"}, "subject", "syntax"),
        ({"subject": "a\0b"}, "subject", "syntax"),
        ({"subject": " "}, "subject", "blank"),
        ({"subject": 7}, "subject", "invalid"),
        ({"template": "gone"}, "template", "unknown_template"),
        ({"template": "a\0b"}, "template", "unknown_template"),
        ({"template": ["x"]}, "template", "invalid"),
        ({"subject": "Hi", "algorithm": "cosine"}, "algorithm", "not_used"),
        ({"subject": "Hi", "content": {"type": "text", "text": "x"}}, "content", "not_used"),
    ],
)
def test_what_is_refused(merchant, fields, path, code):
    assert found(merchant.send("POST", ALL, with_variant(**fields))) == [
        (f"variants[1].{path}", code)
    ]


def test_a_control_with_content_does_not_mix_with_a_subject(merchant):
    control = {**CONTROL, "content": {"type": "text", "text": "x"}}
    refused = merchant.send("POST", ALL, NEW | {"variants": [control, OTHER]})
    assert found(refused) == [("variants[0].content", "not_used")]
    empty = NEW | {"variants": [{**CONTROL, "content": {}}, OTHER]}
    assert merchant.send("POST", ALL, empty).json()["variants"][0] == CONTROL


def test_it_has_no_placement(merchant):
    Placement.objects.create(code="hero", page_type="home", default_content={})
    refused = merchant.send("POST", ALL, NEW | {"placement": "hero"})
    assert found(refused) == [("placement", "not_used")]


@pytest.fixture
def shop(make_template, make_subscriber, sender):
    make_template("w")
    make_subscriber("1")


def named(code="loudness", **more):
    body = {"code": "spring", "name": "Spring", "template": "w", "stores": ["default"]}
    return body | {"experiment": code} | more


def test_a_campaign_names_one(merchant, shop, make_experiment):
    make_experiment()
    assert merchant.send("POST", "campaigns/", named()).json()["experiment"] == "loudness"
    entry = AuditEntry.objects.get(subject="campaigns.campaign")
    assert entry.after["experiment"] == "loudness"
    none = merchant.send("PATCH", "campaigns/spring/", {"experiment": None}, if_match="*")
    assert (none.status_code, none.json()["experiment"]) == (200, None)
    assert merchant.send("POST", "campaigns/spring/send/").status_code == 202


@pytest.mark.parametrize("why", ["unknown_experiment", "not_for_mail", "experiment_stopped"])
def test_why_one_cannot_be_named(merchant, shop, make_experiment, why):
    if why == "not_for_mail":
        plain = [{"code": code, "weight": 5000, "algorithm": "cosine"} for code in "ab"]
        make_experiment(variants=plain)
    elif why == "experiment_stopped":
        stop(make_experiment(), author=None)
    assert found(merchant.send("POST", "campaigns/", named())) == [("experiment", why)]
    assert not Campaign.objects.exists()


def test_one_campaign_has_it(merchant, shop, make_experiment):
    make_experiment()
    merchant.send("POST", "campaigns/", named())
    other = named(code="loudness") | {"code": "other"}
    assert found(merchant.send("POST", "campaigns/", other)) == [("experiment", "experiment_taken")]
    merchant.send("POST", "campaigns/other/", other)
    cancel(Campaign.objects.get(), AT, author=None)
    assert merchant.send("POST", "campaigns/", other).status_code == 201


def test_one_that_was_cancelled_on_its_way_keeps_it(merchant, shop, make_experiment):
    make_experiment()
    merchant.send("POST", "campaigns/", named())
    freeze(Campaign.objects.get(), AT)
    cancel(Campaign.objects.get(), AT, author=None)
    other = named() | {"code": "other"}
    assert found(merchant.send("POST", "campaigns/", other)) == [("experiment", "experiment_taken")]


def test_what_is_stored_stays_allowed(merchant, shop, make_experiment):
    row = make_experiment()
    merchant.send("POST", "campaigns/", named())
    stop(row, author=None)
    changed = merchant.send("PATCH", "campaigns/spring/", {"name": "New"}, if_match="*")
    assert (changed.status_code, changed.json()["experiment"]) == (200, "loudness")
    refused = merchant.send("POST", "campaigns/spring/send/")
    assert found(refused, 409) == [("", "experiment_not_running")]
    assert refused.json()["experiment"] == "loudness"


def test_its_experiment_has_to_be_started_first(merchant, shop, make_experiment):
    row = make_experiment(running=False)
    merchant.send("POST", "campaigns/", named())
    assert "not running" in str(merchant.send("POST", "campaigns/spring/audience/").json())
    assert found(merchant.send("POST", "campaigns/spring/send/"), 409)
    start(row, author=None)
    assert merchant.send("POST", "campaigns/spring/send/").status_code == 202


def test_one_that_became_something_else_is_not_running_for_mail(merchant, shop, make_experiment):
    row = make_experiment(running=False)
    merchant.send("POST", "campaigns/", named())
    plain = [{"code": code, "weight": 5000, "algorithm": "cosine"} for code in "ab"]
    EXPERIMENTS.save(row, {"name": "X", "variants": plain, "planned_size": 1}, author=None)
    start(row, author=None)
    refused = merchant.send("POST", "campaigns/spring/send/")
    assert found(refused, 409) == [("", "experiment_not_running")]


def test_it_is_frozen_with_the_campaign(merchant, shop, make_experiment):
    make_experiment()
    merchant.send("POST", "campaigns/", named())
    merchant.send("POST", "campaigns/spring/send/")
    refused = merchant.send("PATCH", "campaigns/spring/", {"experiment": None}, if_match="*")
    assert found(refused, 409) == [("", "frozen")]


def test_without_personalization_there_is_none(merchant, shop, monkeypatch):
    monkeypatch.setattr("campaigns.editing.campaigns.are_possible", lambda: False)
    assert found(merchant.send("POST", "campaigns/", named())) == [("experiment", "not_installed")]


def test_a_template_that_is_tried_is_in_use(merchant, shop, make_experiment, make_template):
    make_template("short")
    make_experiment(variants=[CONTROL, {"code": "b", "weight": 5000, "template": "short"}])
    refused = merchant.send("DELETE", "mail-templates/short/", if_match="*")
    assert found(refused, 409) == [("", "in_use")]
    assert refused.json()["used_by"] == ["Loudness"]
