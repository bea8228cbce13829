"""Who gets which mail of a campaign with an experiment, and what is stored of it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns import sending
from campaigns.audience.freezing import NotSent, freeze
from campaigns.content.links import token_of
from campaigns.content.variants import sent_by_variant
from campaigns.delivery.claiming import claim, note_lost
from campaigns.delivery.lifecycle import resolve, send
from campaigns.editing.templates import TEMPLATES
from campaigns.models import CampaignState, CampaignVariant, MailTemplate, Message
from campaigns.results.provider_reports import Report, ReportType, note_reports
from campaigns.sending import Sent, send_due
from campaigns.tests.conftest import AT
from campaigns.tests.experiments.conftest import CONTROL
from campaigns.transports.outcome import Outcome
from core.resources.resource import InUse
from customers.merging import merge_guest
from customers.models import Customer, Orders
from customers.privacy.erasing import go_on, request_erasure
from personalization.assignment import assign
from personalization.experiences.serving import shopper
from personalization.experiments.resource import EXPERIMENTS
from personalization.experiments.running import stop
from personalization.models import Assignment, Experiment, Exposure
from price_rules.models import Coupon

pytestmark = pytest.mark.django_db
SUBJECTS = {"usual": "Hello {name}", "loud": "SALE, {name}"}


@pytest.fixture
def campaign(make_campaign, make_experiment, make_subscriber):
    """A campaign on its way to twelve, with a running experiment."""
    make_experiment()
    for number in range(12):
        make_subscriber(f"c{number}", first_name=f"Name{number}")
    return freeze(make_campaign(experiment="loudness"), AT).campaign


def only(number):
    """Leave one message, that of the customer of this number."""
    Message.objects.exclude(customer__external_id=number).delete()
    return Message.objects.select_related("customer").get()


def of_variant(experiment, code):
    """Return the number of somebody of the twelve who gets a variant."""
    return next(f"c{n}" for n in range(12) if assign(experiment, f"c{n}") == code)


@pytest.fixture
def experiment(campaign):
    return Experiment.objects.get()


@pytest.mark.parametrize("shown", ["subject", "template"])
@pytest.mark.parametrize(
    ("code", "why"), [(None, "coupon_without_rule"), ("ten", "empty_coupon_name")]
)
def test_variant_whose_coupon_would_be_empty_is_not_sent(
    shown, code, why, rule, make_campaign, make_experiment, make_subscriber, make_template
):
    """Else the control gets its mail, and everybody else none."""
    text = "{{ coupon.code }} {{ coupon.description }}"
    make_template("loud", html=text)
    loud = {"subject": text} if shown == "subject" else {"template": "loud"}
    make_experiment(variants=[CONTROL, {"code": "loud", "weight": 5000, **loud}])
    make_subscriber("1")
    campaign = make_campaign(experiment="loudness", coupon_rule=code)
    with pytest.raises(NotSent, match=why):
        freeze(campaign, AT)


def test_variant_without_coupon_is_issued_none(
    rule, make_campaign, make_experiment, make_subscriber, mail
):
    """A code that no mail shows counted as issued, and could be used up by nobody."""
    loud = {"code": "loud", "weight": 5000, "subject": "Your {{ coupon.code }}"}
    make_experiment(variants=[CONTROL, loud])
    for number in range(12):
        make_subscriber(f"c{number}")
    freeze(make_campaign(experiment="loudness", coupon_rule="ten"), AT)
    send_due(as_of=AT)
    shown = Message.objects.filter(variant="loud")
    assert 0 < shown.count() == Coupon.objects.count() < Message.objects.count() == 12
    assert not shown.filter(coupon=None).exists()


def test_everybody_gets_the_variant_of_the_arithmetic(campaign, experiment, mail):
    assert send_due(as_of=AT) == Sent(sent=12)
    subjects = {one["To"]: one["Subject"] for one in mail}
    for message in Message.objects.select_related("customer"):
        number = message.customer.external_id
        wanted = assign(experiment, number)
        assert message.variant == wanted
        said = SUBJECTS[wanted].format(name=message.customer.first_name)
        assert subjects[f"{number}@shop.example"] == said
        stored = Assignment.objects.get(customer=message.customer)
        assert (stored.variant, stored.arm) == (wanted, f"loudness:{wanted}")
        assert stored.assigned_at == message.sent_at == AT
    assert set(Message.objects.values_list("variant", flat=True)) == {"usual", "loud"}
    assert not Exposure.objects.exists()
    counts = dict(sent_by_variant(campaign))
    assert (counts["usual"] + counts["loud"], counts[""]) == (12, 0)


def test_who_takes_no_part_gets_the_campaigns_own_mail(
    campaign, experiment, mail, refuse, settings, monkeypatch
):
    loud = [f"c{n}" for n in range(12) if assign(experiment, f"c{n}") == "loud"]
    untracked, refusing, held = (Customer.objects.get(external_id=one) for one in loud[:3])
    refuse(untracked, "tracking", AT)
    refuse(refusing, "personalization", AT)
    monkeypatch.setattr(shopper, "is_held_out", lambda customer: customer.pk == held.pk)
    assert send_due(as_of=AT) == Sent(sent=12)
    subjects = {one["To"]: one["Subject"] for one in mail}
    for customer in (untracked, refusing, held):
        assert subjects[customer.email] == f"Hello {customer.first_name}"
        assert Message.objects.get(customer=customer).variant == ""
    assert Assignment.objects.count() == 9
    assert not Assignment.objects.filter(customer__in=(untracked, refusing, held)).exists()


def test_only_the_audience_and_the_traffic_take_part(
    make_campaign, make_experiment, make_subscriber, make_segment, put_into, mail
):
    one, two = make_subscriber("1"), make_subscriber("2")
    put_into(make_segment("VIP", code="vip"), one)
    make_experiment(audience={"operator": "is", "segments": ["vip"]})
    make_experiment("nobody", traffic=0)
    freeze(make_campaign(experiment="loudness"), AT)
    freeze(make_campaign("other", experiment="nobody"), AT)
    assert send_due(as_of=AT) == Sent(sent=4)
    stored = Assignment.objects.get()
    assert (stored.customer, stored.segments) == (one, ["vip"])
    assert Message.objects.get(customer=two, campaign__code="spring").variant == ""


def test_another_template_is_settled_with_its_version(
    make_campaign, make_experiment, make_template, make_subscriber, mail
):
    make_template("short", subject="Short", html="<p>First</p>")
    both = {"code": "both", "weight": 10_000, "template": "short", "subject": "Very short"}
    make_experiment(variants=[{**CONTROL, "weight": 0}, both])
    make_subscriber("1")
    make_subscriber("2")
    freeze(make_campaign(experiment="loudness"), AT)
    template = MailTemplate.objects.get(code="short")
    assert list(
        CampaignVariant.objects.order_by("pk").values_list(
            "code", "template_version__number", "subject"
        )
    ) == [("usual", None, ""), ("both", 1, "Very short")]
    send_due(as_of=AT, limit=1)
    changed = {"name": "S", "subject": "X", "html": "<p>New</p>"}
    TEMPLATES.save(template, changed, author=None)
    send_due(as_of=AT)
    assert [one["Subject"] for one in mail] == ["Very short"] * 2
    assert ["First" in one.get_body(("plain",)).get_content() for one in mail] == [True] * 2
    assert {row.template.number for row in Message.objects.select_related("template")} == {1}


def test_a_template_of_a_variant_is_not_deleted(
    make_campaign, make_experiment, make_template, make_subscriber
):
    variants = [CONTROL, {"code": "b", "weight": 5000, "template": "short"}]
    template = make_template("short")
    draft = make_experiment("letters", running=False, variants=variants)
    for row in (draft, make_experiment("notes", variants=variants)):
        with pytest.raises(InUse) as refused:
            TEMPLATES.delete([template], author=None)
        assert row.name in refused.value.users
    make_subscriber("1")
    freeze(make_campaign(experiment="notes"), AT)
    EXPERIMENTS.delete([draft], author=None)
    stop(Experiment.objects.get(), author=None)
    with pytest.raises(InUse) as refused:
        TEMPLATES.delete([template], author=None)
    assert refused.value.users == ["spring"]


def test_a_template_of_a_stopped_experiment_without_campaign_is_free(
    make_experiment, make_template
):
    template = make_template("short")
    row = make_experiment(variants=[CONTROL, {"code": "b", "weight": 5000, "template": "short"}])
    stop(row, author=None)
    TEMPLATES.delete([template], author=None)
    assert not MailTemplate.objects.exists()


def test_only_the_first_users_of_a_template_are_named(make_campaign, make_template):
    template = make_template("short")
    for number in range(23):
        make_campaign(f"n{number}", template="short")
    with pytest.raises(InUse) as refused:
        TEMPLATES.delete([template], author=None)
    assert refused.value.users == [f"n{number}" for number in range(20)]
    assert "“n19”, … and 3 more" in str(refused.value)
    assert "n20" not in str(refused.value)


def test_a_retry_keeps_its_variant(campaign, experiment, server):
    only(of_variant(experiment, "loud"))
    server.moods[:] = [Outcome.PASSING, Outcome.SENT]
    assert send_due(as_of=AT) == Sent()
    assert Message.objects.get().variant == "loud"
    assert not Assignment.objects.exists()
    stop(experiment, author=None)
    assert send_due(as_of=AT + timedelta(minutes=1)) == Sent(sent=1)
    assert [mail.subject[:4] for mail in server.handed] == ["SALE", "SALE"]
    stored = Assignment.objects.get()
    assert (stored.variant, stored.assigned_at) == ("loud", AT + timedelta(minutes=1))


def test_who_refuses_meanwhile_is_not_assigned(campaign, experiment, server, refuse):
    message = only(of_variant(experiment, "loud"))
    server.moods[:] = [Outcome.PASSING, Outcome.SENT]
    send_due(as_of=AT)
    refuse(message.customer, "tracking", AT)
    assert send_due(as_of=AT + timedelta(minutes=1)) == Sent(sent=1)
    assert not Assignment.objects.exists()


def test_after_the_stop_the_rest_get_the_campaigns_own_mail(campaign, experiment, mail):
    send_due(as_of=AT, limit=5)
    stop(experiment, author=None)
    assert send_due(as_of=AT) == Sent(sent=7)
    assert Message.objects.filter(variant="").count() == 7
    assert all(one["Subject"].startswith("Hello") for one in mail[5:])
    assert Assignment.objects.count() == 5


def test_the_mail_in_the_browser_is_the_variant(
    make_campaign, make_experiment, make_template, make_subscriber, client
):
    make_template("short", html="<p>Short and good</p>")
    short = {"code": "short", "weight": 10_000, "template": "short"}
    row = make_experiment(variants=[{**CONTROL, "weight": 0}, short])
    make_subscriber("1")
    freeze(make_campaign(experiment="loudness"), AT)
    send_due(as_of=AT)
    stop(row, author=None)
    address = reverse("mail:view", args=[token_of(Message.objects.get().message_id)])
    assert "Short and good" in client.get(address).content.decode()


def uncertain(experiment, server):
    """Return a message that was handed over by somebody who died before noting it."""
    message = only(of_variant(experiment, "loud"))
    claimed = claim(AT)

    class Dies:
        def hand_over(self, mail):
            server.handed.append(mail)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send_claimed(claimed, Dies(), lambda: AT)
    assert not Assignment.objects.exists()
    assert note_lost(AT + timedelta(seconds=61)) == 1
    message.refresh_from_db()
    assert (message.state, message.variant) == ("uncertain", "loud")
    return message


def test_counted_as_sent_is_assigned_once(campaign, experiment, server):
    message = uncertain(experiment, server)
    resolved = resolve(message, "sent", AT + timedelta(hours=1), author=None)
    assert (resolved.state, resolved.sent_at) == ("sent", AT)
    stored = Assignment.objects.get()
    assert (stored.customer, stored.variant, stored.assigned_at) == (message.customer, "loud", AT)
    at = AT + timedelta(hours=2)
    note_reports([Report("r", message.message_id, ReportType.DELIVERED, at)], at)
    assert Assignment.objects.get().assigned_at == AT


def test_reported_as_delivered_is_assigned(campaign, experiment, server):
    message = uncertain(experiment, server)
    at = AT + timedelta(hours=1)
    note_reports([Report("r", message.message_id, ReportType.DELIVERED, at)], at)
    message.refresh_from_db()
    assert (message.state, message.sent_at) == ("sent", AT)
    assert Assignment.objects.get().assigned_at == AT


def test_sent_again_it_says_the_same(campaign, experiment, server):
    message = uncertain(experiment, server)
    server.moods[:] = [Outcome.SENT]
    stop(experiment, author=None)
    at = AT + timedelta(hours=1)
    resolve(message, "again", at, author=None)
    assert send_due(as_of=at) == Sent(sent=1)
    assert [mail.subject[:4] for mail in server.handed] == ["SALE", "SALE"]
    assert Assignment.objects.get().assigned_at == at


def test_an_assignment_that_cannot_be_stored_leaves_nothing_sent(campaign, experiment, server):
    """Both or neither: what was handed over is perhaps sent then."""
    only(of_variant(experiment, "loud"))
    server.moods[:] = [Outcome.SENT]
    claimed = claim(AT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("campaigns.delivery.sent_messages.note_sent_variant", lambda message: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sending.send_claimed(claimed, server, lambda: AT)
    assert Message.objects.get().state == "sending"


def test_an_experiment_that_does_not_run_sends_nothing(
    make_campaign, make_experiment, make_subscriber
):
    make_subscriber("1")
    row = make_experiment(running=False)
    campaign = make_campaign(experiment="loudness")
    for _again in range(2):
        with pytest.raises(NotSent) as refused:
            send(campaign, AT, expected=1, author=None)
        assert refused.value.code == "experiment_not_running"
        Experiment.objects.filter(pk=row.pk).delete()
    assert not Message.objects.exists()


def test_a_scheduled_one_goes_back_to_the_draft(make_campaign, make_experiment, make_subscriber):
    make_subscriber("1")
    row = make_experiment()
    campaign = make_campaign(experiment="loudness", send_at=AT + timedelta(hours=1))
    assert send(campaign, AT, expected=1, author=None).state == CampaignState.SCHEDULED
    stop(row, author=None)
    send_due(as_of=AT + timedelta(hours=1))
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_reason) == ("draft", "experiment_not_running")
    assert not CampaignVariant.objects.exists()


def test_an_erasure_keeps_the_counts(campaign, experiment):
    send_due(as_of=AT)
    before = sent_by_variant(campaign)
    customer = Customer.objects.get(external_id=of_variant(experiment, "loud"))
    go_on(request_erasure(customer, Orders.ANONYMIZE, author=None).pk)
    assert sent_by_variant(campaign) == before
    assert Assignment.objects.filter(customer=None, variant="loud").count() == 1


def test_an_erased_customers_uncertain_message_is_assigned_to_nobody(campaign, experiment, server):
    message = uncertain(experiment, server)
    go_on(request_erasure(message.customer, Orders.ANONYMIZE, author=None).pk)
    resolve(message, "sent", AT, author=None)
    assert Message.objects.get().state == "sent"
    assert not Assignment.objects.exists()


def test_a_merge_keeps_the_earlier_assignment(campaign, experiment, make_subscriber):
    send_due(as_of=AT)
    guest = make_subscriber("g", kind="guest")
    customer = Customer.objects.get(external_id="c0")
    Assignment.objects.create(
        experiment=experiment, customer=guest, variant="loud", arm="loudness:loud",
        assigned_at=AT + timedelta(hours=1),
    )  # fmt: skip
    merge_guest(guest, customer)
    stored = Assignment.objects.get(customer=customer)
    assert (stored.variant, stored.assigned_at) == (assign(experiment, "c0"), AT)
