"""A test share goes first, and the winner of the experiment goes to the rest."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from campaigns.audience.freezing import freeze
from campaigns.delivery.lifecycle import pause
from campaigns.models import Campaign, CampaignState, Message, MessageState
from campaigns.provider_webhooks.reading import reports_in
from campaigns.results.provider_reports import Report, ReportType, note_reports
from campaigns.sending import Sent, send_due
from campaigns.tests.conftest import AT
from campaigns.winners import deciding
from campaigns.winners.deciding import Counted, decision_of
from core.clock import now
from core.text.hashes import bucket
from personalization.models import Assignment
from personalization.statistics import proportions

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
TEST = {"test_share": 5000, "decide_after_hours": 4, "optimize_for": "click_rate"}


@pytest.fixture
def sent_test(make_campaign, make_experiment, make_subscriber, monkeypatch):
    """A campaign whose test share was sent at AT; two mails of a variant are enough here."""
    monkeypatch.setattr(deciding, "FEWEST", 2)
    make_experiment()
    for number in range(20):
        make_subscriber(f"c{number}", first_name="Ann")
    campaign = freeze(make_campaign(experiment="loudness", **TEST), AT).campaign
    send_due(as_of=AT)
    return campaign


def test_share_is_sent_first_and_the_winner_goes_to_the_rest_once(sent_test, mail):
    in_test = {f"c{n}" for n in range(20) if bucket("loudness:test", f"c{n}") < 5000}
    test = Message.objects.filter(state=MessageState.SENT)
    assert set(test.values_list("customer__external_id", flat=True)) == in_test
    assert Assignment.objects.count() == len(in_test)
    test.filter(variant="loud").update(clicks=1)
    # A mail that is perhaps sent counts as sent.
    Message.objects.filter(pk=test.filter(variant="loud").first().pk).update(state="uncertain")
    assert send_due(as_of=AT + 4 * HOUR - SECOND) == Sent()
    rest = 20 - len(in_test)
    assert send_due(as_of=AT + 4 * HOUR) == Sent(sent=rest)
    campaign = Campaign.objects.get()
    assert (campaign.decision["winner"], campaign.state) == ("loud", CampaignState.SENT)
    assert campaign.decision["rates"] == {"usual": 0.0, "loud": 1.0}
    others = Message.objects.exclude(customer__external_id__in=in_test)
    assert set(others.values_list("variant", flat=True)) == {"loud"}
    assert sum(one["Subject"].startswith("SALE") for one in mail) >= rest
    # The winner was not drawn: it is no assignment.
    assert Assignment.objects.count() == len(in_test)
    assert len(mail) == 20
    assert send_due(as_of=AT + 5 * HOUR) == Sent()


def test_paused_campaign_decides_nothing(sent_test):
    pause(sent_test, author=None)
    assert send_due(as_of=AT + 5 * HOUR) == Sent()
    assert Campaign.objects.get().decision is None


def test_decision_is_by_holm_and_too_few_mails_choose_the_control():
    counts = {"a": Counted(1000, 100), "b": Counted(1000, 140), "c": Counted(1000, 120)}
    found = decision_of(counts, 0.05)
    p = proportions(120, 1000, 140, 1000).p
    smaller = proportions(100, 1000, 140, 1000).p
    assert found["winner"] == "b"
    assert found["p_value"] == pytest.approx(max(p, 2 * smaller))
    assert (found["significant"], found["reason"]) == (False, None)
    even = decision_of({"a": Counted(100, 5), "b": Counted(100, 5)}, 0.05)
    assert (even["winner"], even["p_value"]) == ("a", 1.0)
    few = decision_of({"a": Counted(100, 5), "b": Counted(99, 50)}, 0.05)
    assert (few["winner"], few["reason"], few["p_value"]) == ("a", "too_few", None)


def test_opens_of_machines_are_in_no_rate(sent_test):
    Campaign.objects.update(optimize_for="open_rate")
    one, two, three = Message.objects.filter(state=MessageState.SENT).order_by("pk")[:3]

    def report(number, message, kind, seconds, **more):
        at = AT + seconds * SECOND
        return Report(str(number), message.message_id, kind, at, **more)

    reports = [
        report(1, one, ReportType.OPENED, 90, is_machine=True),
        # Reported in another order than it happened.
        report(2, two, ReportType.OPENED, 61),
        report(3, two, ReportType.DELIVERED, 60),
        report(4, three, ReportType.OPENED, 61),
        report(5, three, ReportType.DELIVERED, 60),
        report(6, three, ReportType.OPENED, 70),
    ]
    for each in reports:
        note_reports([each], AT + HOUR)
    counts = deciding.counts_by_variant(Campaign.objects.get())
    assert sum(each.reached for each in counts.values()) == 1
    assert counts[Message.objects.get(pk=three.pk).variant].reached == 1


def test_a_provider_says_that_a_machine_has_opened():
    event = SimpleNamespace(
        event_type="opened", event_id="1", metadata={}, tags=[], message_id="7.a@shop.example",
        timestamp=AT, reject_reason=None, esp_event={"sg_machine_open": True},
    )  # fmt: skip
    (found,) = reports_in([event], "sendgrid", AT)
    assert found.is_machine


@pytest.mark.parametrize(
    ("values", "path", "code"),
    [
        ({**TEST, "experiment": None}, "test_share", "needs_experiment"),
        ({"test_share": 2000}, "optimize_for", "required"),
        ({**TEST, "test_share": 999}, "test_share", "min_value"),
        ({**TEST, "decide_after_hours": 73}, "decide_after_hours", "max_value"),
    ],
)
def test_impossible_tests_are_refused(merchant, make_template, make_experiment, values, path, code):
    make_template("letter")
    make_experiment(running=False)
    document = {"code": "a", "name": "A", "template": "letter", "stores": ["default"]}
    document |= {"experiment": "loudness", **values}
    answer = merchant.send("POST", "campaigns/", document)
    assert answer.status_code == 400
    assert (path, code) in [(one["path"], one["code"]) for one in answer.json()["errors"]]


def test_open_rate_needs_opens_that_are_reported(merchant, sent_test, make_experiment):
    make_experiment("other", running=False)
    document = {"code": "a", "name": "A", "template": "of-spring", "stores": ["default"], **TEST}
    document |= {"experiment": "other", "optimize_for": "open_rate"}
    made = merchant.send("POST", "campaigns/", document)
    assert made.status_code == 201, made.content
    assert "opens_are_inflated" in [one["code"] for one in made.json()["warnings"]]
    assert made.json()["decision"] is None
    Message.objects.filter(state=MessageState.SENT).update(delivered_at=now() - HOUR)
    refused = merchant.send("POST", "campaigns/", {**document, "code": "b"})
    codes = [one["code"] for one in refused.json()["errors"]]
    assert "no_opens_reported" in codes


def test_pages_show_the_clock_and_the_decision(admin_client, sent_test):
    address = f"/admin/campaigns/campaign/{sent_test.pk}/status/"
    assert "The decision is made at" in admin_client.get(address).content.decode()
    send_due(as_of=AT + 4 * HOUR)
    page = admin_client.get(address).content.decode()
    assert "“usual” goes to all who were not in the test." in page
    assert "may be chance (p 1.0000)" in page


def test_test_share_is_written_in_the_form(admin_client, sent_test, make_experiment):
    make_experiment("next", running=False)
    sent = {
        "name": "Next", "template": "of-spring", "stores": ["default"], "match": "any",
        "send_time": "asap", "experiment": "next", "test_share": "2000",
        "decide_after_hours": "6", "optimize_for": "click_rate",
    }  # fmt: skip
    answer = admin_client.post("/admin/campaigns/campaign/add/", sent)
    assert answer.status_code == 302, answer.content.decode()
    row = Campaign.objects.get(code="next")
    assert (row.test_share, row.decide_after_hours, row.optimize_for) == (2000, 6, "click_rate")
