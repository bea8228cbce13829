"""Experiments of mail in the admin: their form, their pages, and those of campaigns."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from campaigns.audience.freezing import freeze, freeze_due
from campaigns.audience.judging import audience_of
from campaigns.delivery.lifecycle import send
from campaigns.models import Campaign, MailTemplate
from campaigns.sending import send_due
from campaigns.tests.admin.test_campaigns import CAMPAIGN
from campaigns.tests.conftest import AT
from campaigns.tests.experiments.conftest import CONTROL, OTHER
from core.clock import now
from personalization.experiments.running import start, stop
from personalization.models import Experiment, Placement

pytestmark = pytest.mark.django_db


def of_campaign(name, *args):
    return reverse(f"admin:campaigns_campaign_{name}", args=args)


def of_experiment(name, *args):
    return reverse(f"admin:personalization_experiment_{name}", args=args)


def body(**values):
    rows = {}
    for place in range(5):
        rows |= {f"variant_{place}_{part}": "" for part in ("code", "weight", "subject")}
        rows |= {f"variant_{place}_template": "", f"variant_{place}_shows": "default"}
    rows |= {"variant_0_code": "usual", "variant_1_code": "loud"}
    return rows | {
        "code": "loudness", "name": "Loud?", "hypothesis": "", "placement": "",
        "audience_kind": "", "conditions": json.dumps({"match": "all", "conditions": []}),
        "traffic": "100", "primary_metric": "click_through_rate", "window_days": "14",
        "alpha": "5", "method": "fixed", "planned_size": "10", "winsorize": "", **values,
    }  # fmt: skip


def errors_of(response):
    return response.context["adminform"].form.errors


def test_a_draft_by_its_form(admin_client, make_template):
    make_template("short", name="Short one")
    shown = admin_client.get(of_experiment("add")).content.decode()
    assert "Short one" in shown and "Subject of the mail" in shown
    assert "gets the campaign’s own mail" in shown
    sent = body(variant_1_subject="SALE", variant_1_template="short")
    answer = admin_client.post(of_experiment("add"), sent)
    assert answer.status_code == 302, errors_of(answer)
    row = Experiment.objects.get()
    assert row.variants == [
        {"code": "usual", "weight": 5000},
        {"code": "loud", "weight": 5000, "subject": "SALE", "template": "short"},
    ]
    page = admin_client.get(of_experiment("change", row.pk))
    form = page.context["adminform"].form
    assert form.initial["variant_1_subject"] == "SALE"
    assert form.initial["variant_1_template"] == "short"
    assert "No campaign has this experiment yet" in page.content.decode()
    again = body(variant_1_subject="SALE", variant_1_template="short", opened_version="1")
    assert admin_client.post(of_experiment("change", row.pk), again).status_code == 302
    row.refresh_from_db()
    assert row.version == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"variant_1_subject": "{{ nobody }}"}, "variant_1_subject"),
        ({"kind": "campaigns"}, "variant_1_subject"),
        ({"variant_1_template": "gone"}, "variant_1_template"),
        ({"variant_1_subject": "Hi", "variant_0_shows": "algorithm:cosine"}, "variant_0_shows"),
    ],
)
def test_what_is_wrong_stands_at_its_field(admin_client, values, field):
    answer = admin_client.post(of_experiment("add"), body(**values))
    assert answer.status_code == 200
    assert list(errors_of(answer)) == [field]


def test_what_concerns_another_kind_counts_as_left_empty(admin_client):
    form = admin_client.get(of_experiment("add")).context["adminform"].form
    assert [name for name, _label in form.fields["kind"].choices] == ["shop", "campaigns"]
    assert form.initial["kind"] == "shop"
    place = Placement.objects.create(code="hero", page_type="home", default_content={})
    mixed = {
        "placement": str(place.pk),
        "variant_0_shows": "algorithm:cosine",
        "variant_1_shows": "algorithm:hybrid_neural",
        "variant_1_subject": "SALE",
    }
    assert admin_client.post(of_experiment("add"), body(**mixed)).status_code == 200
    mail = body(kind="campaigns", **mixed)
    assert admin_client.post(of_experiment("add"), mail).status_code == 302
    row = Experiment.objects.get()
    assert (row.placement, row.variants[1]) == (None, {**OTHER, "subject": "SALE"})
    form = admin_client.get(of_experiment("change", row.pk)).context["adminform"].form
    assert form.initial["kind"] == "campaigns"
    shop = body(kind="shop", code="other", **mixed | {"placement": ""})
    assert admin_client.post(of_experiment("add"), shop).status_code == 302
    algorithms = [one.get("algorithm") for one in Experiment.objects.get(code="other").variants]
    assert algorithms == ["cosine", "hybrid_neural"]


def test_a_stored_template_that_is_gone_can_be_seen(admin_client, make_template, make_experiment):
    template = make_template("short")
    variants = [CONTROL, {"code": "b", "weight": 5000, "template": "short"}]
    row = make_experiment(running=False, variants=variants)
    template.delete()
    assert "short (gone)" in admin_client.get(of_experiment("change", row.pk)).content.decode()


def test_a_campaign_by_its_form(admin_client, make_template, make_experiment, sender):
    make_template("of-x")
    make_experiment("draft", running=False)
    make_experiment()
    stop(make_experiment("over"), author=None)
    plain = [{"code": code, "weight": 5000, "algorithm": "cosine"} for code in "ab"]
    make_experiment("plain", variants=plain)
    form = admin_client.get(of_campaign("add")).context["adminform"].form
    offered = [code for code, _name in form.fields["experiment"].choices]
    assert offered == ["", "draft", "loudness"]
    answer = admin_client.post(of_campaign("add"), CAMPAIGN | {"experiment": "loudness"})
    assert answer.status_code == 302, errors_of(answer)
    campaign = Campaign.objects.get()
    assert campaign.experiment == "loudness"
    page = admin_client.get(of_campaign("change", campaign.pk))
    assert page.context["adminform"].form.initial["experiment"] == "loudness"
    taken = CAMPAIGN | {"experiment": "loudness", "name": "Other", "code": "other"}
    refused = admin_client.post(of_campaign("add"), taken)
    assert "has the experiment" in errors_of(refused)["experiment"][0]


def test_the_pages_name_each_other(admin_client, make_campaign, make_experiment, make_subscriber):
    make_subscriber("1")
    draft = make_experiment("draft", running=False)
    waiting = make_campaign("waiting", experiment="draft")
    shown = admin_client.get(of_campaign("status", waiting.pk)).content.decode()
    assert of_experiment("change", draft.pk) in shown and "is not running" in shown
    answer = admin_client.post(of_campaign("send", waiting.pk), {"expected": "1"}, follow=True)
    assert "start it" in answer.content.decode()
    row = make_experiment()
    campaign = freeze(make_campaign(experiment="loudness"), AT).campaign
    send_due(as_of=AT)
    shown = admin_client.get(of_campaign("status", campaign.pk)).content.decode()
    assert of_experiment("results", row.pk) in shown and "What the experiment tries" in shown
    page = admin_client.get(of_experiment("change", row.pk)).content.decode()
    assert of_campaign("status", campaign.pk) in page
    assert "Subject of the mail “SALE, {{ customer.first_name|default:&#x27;you&#x27; }}”" in page
    assert "the campaign’s own mail" in page
    assert admin_client.get(of_experiment("results", row.pk)).status_code == 200


def test_what_a_stop_strands_is_said_before_and_can_be_mended_after(
    admin_client, make_campaign, make_experiment, make_subscriber
):
    make_subscriber("1")
    row = make_experiment()
    campaign = make_campaign(experiment="loudness", send_at=now() + timedelta(days=1))
    send(campaign, now(), expected=1, author=None)
    shown = admin_client.get(of_experiment("stop", row.pk)).content.decode()
    assert "“spring” needs this experiment and will not be sent" in shown
    assert of_campaign("change", campaign.pk) in shown
    stop(row, author=None)
    for later in (0, 2):
        freeze_due(now() + timedelta(days=later))
        shown = admin_client.get(of_campaign("status", campaign.pk)).content.decode()
        assert shown.count("is not running any more, so that nothing is sent: choose") == 1
        assert "start it" not in shown
    assert Campaign.objects.get().state == "draft"


def test_words_of_somebody_else_are_escaped(admin_client, make_experiment, make_campaign):
    loud = {**OTHER, "subject": "<script>alert(1)</script>"}
    row = make_experiment("x", variants=[CONTROL, loud], name="<b>X</b>")
    campaign = make_campaign(experiment="x")
    for page in (of_experiment("change", row.pk), of_campaign("status", campaign.pk)):
        shown = admin_client.get(page).content.decode()
        assert "<script>alert" not in shown and "<b>X" not in shown


def test_who_may_not_look_is_shown_no_way(client, make_campaign, make_experiment):
    row = make_experiment()
    campaign = make_campaign(experiment="loudness")
    user = User.objects.create_user("some", is_staff=True)
    client.force_login(user)
    user.user_permissions.set(Permission.objects.filter(codename="view_campaign"))
    shown = client.get(of_campaign("status", campaign.pk)).content.decode()
    assert "Loudness" in shown and of_experiment("results", row.pk) not in shown
    user.user_permissions.set(Permission.objects.filter(codename="view_experiment"))
    page = client.get(of_experiment("change", row.pk)).content.decode()
    assert of_campaign("status", campaign.pk) not in page


def test_nobody_was_sent_one_yet(admin_client, make_experiment):
    row = make_experiment()
    shown = admin_client.get(of_experiment("results", row.pk)).content.decode()
    assert "when the campaign’s mail is sent to them" in shown


def test_starting_one_without_a_campaign_warns(admin_client, make_experiment, make_campaign):
    row = make_experiment(running=False)
    page = of_experiment("start", row.pk)
    assert "No campaign has this experiment yet" in admin_client.get(page).content.decode()
    make_campaign(experiment="loudness")
    shown = admin_client.get(page).content.decode()
    assert "No campaign has this experiment yet" not in shown
    assert "show the same" not in shown


def test_starting_one_for_too_few_recipients_warns(
    admin_client, client, make_experiment, make_campaign, make_subscriber
):
    row = make_experiment(running=False, planned_size=5)
    make_campaign(experiment="loudness")
    for number in range(8):
        make_subscriber(f"c{number}")
    page = admin_client.get(of_experiment("start", row.pk))
    warned = "planned with 5 customers for each variant and would not reach that: of the 8"
    assert (page.context["reach"].people, page.context["reach"].about) == (8, 8)
    assert warned in page.content.decode() and "about 4 would get" in page.content.decode()
    user = User.objects.create_user("some", is_staff=True)
    names = ("view_experiment", "start_experiment")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    assert warned not in client.get(of_experiment("start", row.pk)).content.decode()
    client.force_login(User.objects.get(username="admin"))
    for number in range(8, 10):
        make_subscriber(f"c{number}")
    assert warned not in client.get(of_experiment("start", row.pk)).content.decode()


def test_results_say_what_each_variant_says(
    admin_client, make_experiment, make_campaign, make_subscriber
):
    row = make_experiment()
    make_subscriber("1")
    freeze(make_campaign(experiment="loudness"), AT)
    send_due(as_of=AT)
    page = admin_client.get(of_experiment("results", row.pk))
    assert [one["shows"] for one in page.context["sizes"]] == [
        "the campaign’s own mail",
        "Subject of the mail “SALE, {{ customer.first_name|default:'you' }}”",
    ]


def rows_of(page):
    return [(one.code, one.subject, one.template, one.number) for one in page.context["tried"]]


def test_a_draft_shows_what_its_experiment_tries_and_about_how_many_take_part(
    admin_client, make_campaign, make_experiment, make_subscriber, make_template, refuse
):
    make_template("short", name="Short one", subject="Brief")
    other = {"code": "brief", "weight": 2500, "template": "short"}
    loud = {**OTHER, "weight": 2500, "subject": "SALE, {{ customer.first_name|default:'you' }}"}
    make_experiment(variants=[CONTROL, loud, other], planned_size=3, running=False)
    campaign = make_campaign(experiment="loudness")
    for number in range(10):
        customer = make_subscriber(f"c{number}")
        if number < 2:
            refuse(customer, "tracking", AT)
    make_subscriber("gone", status="unsubscribed")
    page = admin_client.get(of_campaign("status", campaign.pk))
    assert rows_of(page) == [
        ("usual", "Hello friend", "of-spring", "about 4"),
        ("loud", "SALE, you", "of-spring", "about 2"),
        ("brief", "Brief", "Short one", "about 2"),
        ("", "Hello friend", "of-spring", "about 2"),
    ]
    short = reverse("admin:campaigns_mailtemplate_preview", args=[campaign.template_id])
    assert short in page.content.decode()
    start(Experiment.objects.get(), author=None)
    warned = "of the 10 recipients about 8 could take part now, and about 2 would get the smallest"
    for name in ("status", "send"):
        shown = admin_client.get(of_campaign(name, campaign.pk)).content.decode()
        assert "planned with 3 customers for each variant" in shown and warned in shown
    # Its recipient may get a variant.
    assert "The campaign’s own mail, for " in shown
    Experiment.objects.update(planned_size=2)
    assert warned not in admin_client.get(of_campaign("send", campaign.pk)).content.decode()


def test_what_was_tried_is_shown_as_it_was_settled(
    admin_client, make_campaign, make_experiment, make_subscriber, refuse
):
    make_experiment()
    refuse(make_subscriber("1"), "tracking", AT)
    campaign = freeze(make_campaign(experiment="loudness"), AT).campaign
    send_due(as_of=AT)
    MailTemplate.objects.update(subject="Another one")
    page = admin_client.get(of_campaign("status", campaign.pk))
    assert rows_of(page) == [
        ("usual", "Hello friend", "of-spring", "0"),
        ("loud", "SALE, you", "of-spring", "0"),
        ("", "Hello friend", "of-spring", "1"),
    ]


def test_who_is_left_out_by_the_holdout_is_taken_off_once(
    settings, make_campaign, make_experiment, make_subscriber
):
    settings.HOLDOUT_BASIS_POINTS = 5_000
    make_experiment()
    for number in range(40):
        make_subscriber(f"c{number}")
    everybody = audience_of(make_campaign(experiment="loudness"), as_of=AT)
    assert (everybody.eligible, everybody.taking_part) == (40, 20)
    Campaign.objects.update(respects_holdout=True)
    others = audience_of(Campaign.objects.get(), as_of=AT)
    assert 0 < others.eligible == others.taking_part < 40
