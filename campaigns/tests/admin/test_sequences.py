"""The pages of sequences: written step by step, switched, started, watched."""

import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.admin import site
from django.urls import reverse

from campaigns.admin.sequences.delays import delay_text, number_and_unit
from campaigns.conditions.sources import sequences
from campaigns.editing.sequences import SEQUENCES
from campaigns.models import MailSender, MailTemplate, Message, Run, Sequence
from campaigns.sending import send_due
from campaigns.sequences import advance
from campaigns.tests.conftest import NOBODY
from campaigns.tests.sequences.rows import new_step, states, steps_of
from core.clock import now
from customers.models import AuditEntry, Customer, CustomerGroup, NewsletterSubscription, Store
from price_rules.models import CartPriceRule
from segments.editing.deletion import delete_segments
from segments.models import Membership, Segment
from tests.cases import sample

pytestmark = [pytest.mark.django_db, pytest.mark.once]
STEP = {
    "delay": "1",
    "unit": "hours",
    "template": "one",
    "coupon_rule": "",
    "coupon_days": "0",
    "coupon_prefix": "",
    "is_active": "on",
}
SEQUENCE = {
    "segment": "carts",
    "trigger": "enter",
    "reentry": "after_completion",
    "reentry_days": "0",
    "max_sends": "0",
    "on_definition_change": "silent",
    "send_time": "asap",
}
RIGHTS = [f"campaigns.{name}_sequence" for name in ("view", "add", "change", "delete")]


@pytest.fixture
def boss(admin_client):
    return admin_client


def page(name, *args):
    return reverse(f"admin:campaigns_sequence_{name}", args=args)


def body(*steps, known=0, **values):
    """Return what the form sends: its fields, and a row for each of `steps`."""
    sent = SEQUENCE | {"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": known} | values
    for place, step in enumerate(steps):
        sent |= {f"steps-{place}-{name}": value for name, value in (STEP | step).items()}
    return {name: value for name, value in sent.items() if value is not None}


def errors_of(response):
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


# Delays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "number", "unit", "words"),
    [
        (0, 0, "minutes", "at once"),
        (1, 1, "minutes", "after 1 minute"),
        (59, 59, "minutes", "after 59 minutes"),
        (60, 1, "hours", "after 1 hour"),
        (90, 90, "minutes", "after 90 minutes"),
        (1_440, 1, "days", "after 1 day"),
        (1_500, 25, "hours", "after 25 hours"),
        (5_256_000, 3_650, "days", "after 3,650 days"),
    ],
)
def test_a_delay_has_the_largest_unit_of_which_it_is_a_whole_number(minutes, number, unit, words):
    assert number_and_unit(minutes) == (number, unit)
    assert delay_text(minutes) == words


# The form --------------------------------------------------------------------------------------


def test_a_sequence_by_its_form(boss, segment, rule):
    steps = (
        {"delay": "90", "unit": "minutes"},
        {"delay": "2", "unit": "days", "template": "two", "coupon_rule": "ten"},
        {"delay": "", "template": ""},
    )
    steps[1].update(coupon_days="7", coupon_prefix="CART", is_active=None)
    answer = boss.post(page("add"), body(*steps, is_active="on", stop_on_order="on", _save="1"))
    sequence = Sequence.objects.get()
    assert answer["Location"] == page("status", sequence.pk)
    assert steps_of(sequence) == [
        new_step(1, 90, "one"),
        new_step(2, 2_880, "two", "ten", 7, "CART", False),
    ]
    assert (sequence.is_active, sequence.stop_on_order) == (True, True)
    form = boss.get(page("change", sequence.pk)).context["adminform"].form
    known = [one.initial for one in form.steps.forms if one.initial]
    assert [(one["number"], one["delay"], one["unit"]) for one in known] == [
        (1, 90, "minutes"),
        (2, 2, "days"),
    ]


def rows_of(boss, sequence):
    """Return the steps as the form has them, each as it is sent back."""
    form = boss.get(page("change", sequence.pk)).context["adminform"].form
    return [
        {name: value for name, value in one.initial.items() if name != "is_active"}
        for one in form.steps.forms
        if one.initial
    ]


def test_what_is_sent_back_as_it_was_changes_nothing(boss, make_sequence):
    sequence = make_sequence(1, 24)
    rows = rows_of(boss, sequence)
    boss.post(page("change", sequence.pk), body(*rows, known=2, is_active="on", opened_version="1"))
    sequence.refresh_from_db()
    assert sequence.version == 1


def test_a_step_that_is_taken_out_and_a_new_one(boss, make_sequence, make_subscriber, enter):
    sequence = make_sequence(1, 24, 72)
    enter(make_subscriber("1"))
    first, second, third = rows_of(boss, sequence)
    sent = body(
        first,
        second | {"DELETE": "on"},
        third,
        {"delay": "5", "unit": "days", "template": "two"},
        known=3,
        is_active="on",
        opened_version="1",
    )
    assert boss.post(page("change", sequence.pk), sent).status_code == 302
    assert [(one["number"], one["delay_minutes"]) for one in steps_of(sequence)] == [
        (1, 60),
        (2, 72 * 60),
        (3, 5 * 1_440),
    ]
    assert states() == [
        (1, "scheduled", ""),
        (2, "skipped", "step_inactive"),
        (2, "scheduled", ""),
    ]


def test_the_last_step_is_replaced(boss, make_sequence):
    sequence = make_sequence(1, 24)
    first, second = rows_of(boss, sequence)
    sent = body(first, second | {"DELETE": "on", "delay": "x"}, {"delay": "3"}, known=2)
    sent |= {"is_active": "on", "opened_version": "1"}
    assert boss.post(page("change", sequence.pk), sent).status_code == 302
    steps = steps_of(sequence)
    assert [(one["number"], one["delay_minutes"]) for one in steps] == [(1, 60), (2, 180)]


def test_what_is_wrong_with_a_hidden_field_is_said_above(boss, make_sequence):
    sequence = make_sequence(1)
    sent = body(*rows_of(boss, sequence), known=1, opened_version="x")
    assert errors_of(boss.post(page("change", sequence.pk), sent))["__all__"] == [
        "Enter a whole number."
    ]


@pytest.mark.parametrize(
    ("step", "said"),
    sample(
        [
            ({"delay": "1.5"}, "After: A whole number is needed here."),
            ({"delay": "1_0"}, "After: A whole number is needed here."),
            ({"delay": "1,5"}, "After: A whole number is needed here."),
            ({"delay": "-1"}, "From 0 to 5256000 minutes."),
            ({"delay": "٣"}, "After: A whole number is needed here."),
            ({"delay": "1e3"}, "After: A whole number is needed here."),
            ({"delay": ""}, "After: This field is required."),
            ({"delay": "\0"}, "After: A whole number is needed here."),
            ({"delay": "9" * 5_000}, "After: A whole number is needed here."),
            ({"delay": "3651", "unit": "days"}, "From 0 to 5256000 minutes."),
            ({"unit": "weeks"}, "Unit: Select a valid choice."),
            ({"template": "none"}, "Template: Select a valid choice."),
            ({"coupon_rule": "none"}, "Coupon of: Select a valid choice."),
            ({"coupon_days": "3651"}, "From 0 to 3650 days"),
            ({"coupon_days": ""}, "Good for days: This field is required."),
            ({"coupon_prefix": "Ä"}, "At most 32 letters"),
            ({"coupon_prefix": "\0"}, "Null characters are not allowed."),
            ({"coupon_prefix": "A" * 33}, "At most 32 letters"),
            ({"number": "0x1"}, "A whole number is needed here."),
        ]
    ),
)
def test_what_is_wrong_is_said_at_the_step(boss, segment, step, said):
    answer = boss.post(page("add"), body({}, step))
    found = [one for one in errors_of(answer)["__all__"] if one.startswith("Step ")]
    assert len(found) == 1 and said in found[0], found
    assert found[0].startswith("Step 2") or "number" in step
    assert text_of(answer)
    assert not Sequence.objects.exists()


@pytest.mark.parametrize(
    ("rows", "more"),
    sample(
        [
            ([], {"steps-TOTAL_FORMS": "-1"}),
            ([], {"steps-TOTAL_FORMS": "0"}),
            ([{"number": "1"}], {}),
            ([{"number": "2"}, {"number": "1"}], {}),
            ([{"number": "7"}, {"number": "2"}], {}),
            ([{"number": "1"}, {"number": "2"}, {"number": "3"}], {}),
        ]
    ),
)
def test_rows_that_no_page_showed_change_no_step(boss, make_sequence, rows, more):
    sequence = make_sequence(1, 24)
    sent = body(*rows, known=2, is_active="on", opened_version="1") | more
    errors = errors_of(boss.post(page("change", sequence.pk), sent))["__all__"]
    assert "These are not the steps that the page showed: open it anew." in errors
    assert len(steps_of(sequence)) == 2


@pytest.mark.parametrize(
    ("values", "field"),
    sample(
        [
            ({"segment": "none"}, "segment"),
            ({"segment": "\0"}, "segment"),
            ({"trigger": "both"}, "trigger"),
            ({"reentry": "x"}, "reentry"),
            ({"reentry_days": "1.5"}, "reentry_days"),
            ({"reentry_days": "3651"}, "reentry_days"),
            ({"max_sends": "1000001"}, "max_sends"),
            ({"max_sends": "9" * 30}, "max_sends"),
            ({"send_time": "noon"}, "send_time"),
            ({"on_definition_change": ""}, "on_definition_change"),
            ({"steps-TOTAL_FORMS": "x"}, "__all__"),
            ({"steps-TOTAL_FORMS": None}, "__all__"),
            ({"steps-TOTAL_FORMS": "1000000000"}, "__all__"),
            ({"steps-INITIAL_FORMS": "x"}, "__all__"),
        ]
    ),
)
def test_what_is_wrong_is_said_at_its_field(boss, segment, values, field):
    answer = boss.post(page("add"), body({}, **values))
    assert field in errors_of(answer)
    assert not Sequence.objects.exists()


def test_first_step_of_a_new_sequence_is_sent_at_once(boss, segment):
    first, second, *_rest = boss.get(page("add")).context["adminform"].form.steps.forms
    assert (first["delay"].value(), second["delay"].value()) == (0, None)
    untouched = body({"delay": "0", "template": ""})
    boss.post(page("add"), untouched)
    assert steps_of(Sequence.objects.get()) == []


def test_a_form_that_comes_back_from_another_has_what_was_typed(boss, segment):
    """The address has the values by the names of the inputs, as its script writes them."""
    only = MailTemplate.objects.earliest("pk")
    MailTemplate.objects.exclude(pk=only.pk).delete()
    typed = {"segment": "carts", "trigger": "exit", "stop_on_order": "", "is_active": "on"}
    typed |= {"steps-0-delay": "2", "steps-0-unit": "days", "steps-0-template": ""}
    typed |= {"steps-1-coupon_prefix": "WB-"}
    form = boss.get(page("add"), typed).context["adminform"].form
    shown = [form[name].value() for name in ("segment", "trigger", "stop_on_order", "is_active")]
    assert shown == ["carts", "exit", "", "on"]
    first, second, *_spare = form.steps.forms
    assert (first["delay"].value(), first["unit"].value()) == ("2", "days")
    assert second["coupon_prefix"].value() == "WB-"
    # The only mail there is.
    assert (first["template"].value(), second["template"].value()) == (only.code, None)
    boss.post(page("add"), body({"delay": "0", "template": only.code}))
    assert len(steps_of(Sequence.objects.get())) == 1


def test_a_sequence_before_any_mail_leads_to_one_and_back(boss, segment):
    """The step would ask to choose from nothing."""
    address = f"{page('add')}?segment=carts&trigger=exit"
    said = "First, choose a design"
    assert said not in boss.get(address).content.decode()
    MailTemplate.objects.all().delete()
    shown = boss.get(address).content.decode()
    link = unescape(re.search(r'href="([^"]+design=news)"', shown)[1])
    assert said in shown
    written = {"name": "Mail", "subject": "Hello", "html": "<p>A</p>", "format": "html"}
    assert boss.post(link, written | {"_save": "Save"})["Location"] == address


def test_a_sequence_without_coupons_leads_to_a_price_rule_and_back(boss, segment, rule, clerk):
    link = re.compile(r'href="(/admin/price_rules/cartpricerule/add/[^"]+)"')
    CartPriceRule.objects.update(is_active=True)
    assert not link.search(boss.get(page("add")).content.decode())
    CartPriceRule.objects.update(is_active=False)
    url = unescape(link.search(boss.get(page("add")).content.decode())[1])
    assert url.endswith(urlencode({"next": page("add")}))
    new = boss.get(url).context["adminform"].form
    assert (new["coupon"].value(), new["is_active"].value()) == ("generated", "on")
    assert not link.search(clerk(*RIGHTS).get(page("add")).content.decode())


def test_a_second_one_of_a_trigger_and_a_rule_that_has_ended(boss, make_sequence, rule):
    first = make_sequence(1)
    refused = boss.post(page("add"), body({}))
    assert "trigger" in errors_of(refused)
    assert f'<a href="{page("status", first.pk)}">Open the existing' in refused.content.decode()
    # One of a deleted segment whose code is used again.
    Sequence.objects.create(segment=None, segment_code="carts", trigger="enter")
    refused = boss.post(page("add"), body({}))
    assert f'<a href="{page("status", first.pk)}">Open the existing' in refused.content.decode()
    step = {"coupon_rule": "ten", "coupon_days": "7"}
    boss.post(page("add"), body(step, trigger="exit", is_active="on"))
    sequence = Sequence.objects.get(trigger="exit")
    CartPriceRule.objects.update(is_active=False)
    shown = text_of(boss.get(page("change", sequence.pk)))
    assert "Ten (not active)" in shown
    rows = rows_of(boss, sequence)
    sent = body(*rows, {"coupon_rule": "ten"}, known=1, is_active="on", opened_version="1")
    (found,) = errors_of(boss.post(page("change", sequence.pk), sent)).values()
    assert found == ["Step 2: The price rule “Ten” is not active."]


def test_links_make_the_missing_one(boss, segment):
    shown = boss.get(page("add"), {"segment": "carts", "trigger": "exit"})
    form = shown.context["adminform"].form
    assert (form["segment"].value(), form["trigger"].value()) == ("carts", "exit")
    assert '<option value="carts" selected>' in text_of(shown)


# Who may ---------------------------------------------------------------------------------------


def test_whoever_may_not_send_writes_only_what_is_not_active(clerk, make_sequence, change):
    writer = clerk(*RIGHTS, "segments.view_segment")
    sent = body({}, trigger="exit", is_active="on")
    assert writer.post(page("add"), sent).status_code == 302
    made = Sequence.objects.get()
    # The box is not theirs to tick.
    assert not made.is_active
    sequence = make_sequence(1)
    shown = text_of(writer.get(page("change", sequence.pk)))
    assert "Only users who may send campaigns change" in shown
    assert "steps-TOTAL_FORMS" not in shown
    sent = body(*rows_of_definition(sequence), known=1, opened_version="1")
    assert writer.post(page("change", sequence.pk), sent).status_code == 403
    for deed in ("activate", "deactivate", "resume"):
        for one in (made, sequence):
            answer = writer.post(page("status", one.pk), {"do": deed})
            assert answer.status_code == 403, deed
            assert writer.post(page("start", one.pk), {"expected": "0"}).status_code == 403
    sequence.refresh_from_db()
    assert sequence.is_active and sequence.version == 1
    assert b'name="do"' not in writer.get(page("status", sequence.pk)).content


def rows_of_definition(sequence):
    return [{"number": one["number"]} for one in steps_of(sequence)]


@pytest.mark.parametrize("name", ["changelist", "status", "runs", "change", "history", "delete"])
def test_whoever_may_see_no_sequences_opens_none_of_their_pages(clerk, make_sequence, name):
    sequence = make_sequence(1, is_active=False)
    other = clerk("campaigns.view_campaign", "segments.view_members")
    address = page(name, *([] if name == "changelist" else [sequence.pk]))
    assert other.get(address).status_code == 403


def test_customers_are_for_those_who_may_see_members(clerk, make_sequence, make_subscriber, enter):
    sequence = make_sequence(1)
    enter(make_subscriber("C7", first_name="Ann"))
    looker = clerk("campaigns.view_sequence")
    assert looker.get(page("runs", sequence.pk)).status_code == 403
    shown = text_of(looker.get(page("status", sequence.pk)))
    assert "Who is where" not in shown and "C7" not in shown and "Ann" not in shown
    member = clerk("campaigns.view_sequence", "segments.view_members")
    shown = text_of(member.get(page("runs", sequence.pk)))
    assert "C7" in shown and "Ann" in shown and "/customers/" not in shown
    look = AuditEntry.objects.latest("pk")
    assert (look.action, look.subject) == ("viewed", "campaigns.sequence")
    assert look.after == {"page": "runs", "customers": ["C7"]}


# The timeline ------------------------------------------------------------------------------------


def test_both_triggers_on_one_page(
    boss, make_sequence, make_subscriber, enter, leave, clock, settings
):
    settings.MAIL_QUIET_HOURS = "01:00-02:00"
    entered = make_sequence(1, 24, reentry_days=3, max_sends=5, stop_on_order=True)
    one, two = make_subscriber("1"), make_subscriber("2")
    enter(one, two, make_subscriber("gone", status="unsubscribed"))
    clock.advance(hours=2)
    send_due()
    leave(two)
    shown = text_of(boss.get(page("status", entered.pk)))
    timeline = boss.get(page("status", entered.pk)).context["timelines"][0]
    assert [(mail.when, mail.step.template.code) for mail in timeline.mails] == [
        ("after 1 hour", "one"),
        ("after 1 day", "two"),
    ]
    counts = [
        tuple(mail.counts[name] for name in ("scheduled", "sent", "failed", "skipped"))
        for mail in timeline.mails
    ]
    assert counts == [(0, 2, 0, 0), (1, 0, 0, 1)]
    assert timeline.reasons == [("the customer left the segment", "skipped", 1)]
    assert [sum(one) for one in counts] == [2, 2]
    for sentence in (
        "A customer enters “Carts”",
        "started 2 times",
        "As of ",
        "not started 1 time, since the customer cannot be mailed",
        "scheduled 1",
        "once the one before has ended",
        "At least 3 days lie between two starts.",
        "A customer gets at most 5 mails of it, ever.",
        "It ends with an order",
        "01:00–02:00",
        "The customer left the segment",
        "A customer leaves “Carts”",
        f"{page('add')}?segment=carts&amp;trigger=exit",
    ):
        assert sentence in shown, sentence
    left = make_sequence(3, trigger="exit")
    for address in (page("status", entered.pk), page("status", left.pk)):
        shown = boss.get(address)
        assert [one.sequence for one in shown.context["timelines"]] == [entered, left]
        assert shown.context["missing"] == []


def test_what_is_taken_out_keeps_its_counts_apart(
    boss, make_sequence, make_subscriber, enter, change, clock
):
    sequence = make_sequence(0, 1, 2)
    enter(make_subscriber("1"))
    send_due()
    _first, second, third = steps_of(sequence)
    change(sequence, steps=[second, third])
    mails = boss.get(page("status", sequence.pk)).context["timelines"][0].mails
    assert [(mail.step and mail.step.template.code, mail.counts["sent"]) for mail in mails] == [
        ("two", 0),
        ("three", 0),
        (None, 1),
    ]


def test_a_sequence_is_switched_off_and_on_and_goes_on(boss, make_sequence):
    sequence = make_sequence(1)
    status = page("status", sequence.pk)
    boss.post(status, {"do": "deactivate"})
    sequence.refresh_from_db()
    assert not sequence.is_active
    start = page("start", sequence.pk)
    assert start not in text_of(boss.get(status))
    assert boss.get(start)["Location"] == status
    boss.post(status, {"do": "activate"})
    Sequence.objects.update(pause_reason="login")
    assert "The mail server refused the log-in" in text_of(boss.get(status))
    assert "paused: The mail server" in text_of(boss.get(page("changelist")))
    boss.post(status, {"do": "resume"})
    sequence.refresh_from_db()
    assert sequence.is_active and not sequence.pause_reason
    assert boss.post(status, {"do": "x"}).status_code == 302
    assert boss.post(page("status", 0), {"do": "resume"}).status_code == 404


def test_present_members_are_started_by_their_number(
    boss, make_sequence, make_subscriber, enter, settings
):
    enter(make_subscriber("1"), make_subscriber("2"))
    sequence = make_sequence(1)
    status, start = page("status", sequence.pk), page("start", sequence.pk)
    sent = {"version": sequence.version}
    shown = text_of(boss.get(status))
    assert "Start for the 2 present members" in shown and start in shown
    for wrong in ("1", "", "-2", "٢", "9" * 40):
        answer = boss.post(start, sent | {"expected": wrong}, follow=True)
        assert "The number of recipients is another by now." in text_of(answer)
    settings.CONFIRM_ABOVE = 1
    assert "type the segment's code: carts" in text_of(boss.get(start))
    for code in ("", "Carts"):
        boss.post(start, sent | {"expected": "2", "code": code})
    assert not Run.objects.exists()
    boss.post(start, sent | {"expected": "2", "code": "carts"})
    assert Run.objects.count() == Message.objects.count() == 2
    shown = text_of(boss.get(status))
    assert "It has been started for all present members." in shown and "Start for" not in shown
    enter(make_subscriber("3"))
    Run.objects.filter(customer__external_id="3").delete()
    assert "Start for 1 more member …" in text_of(boss.get(status))
    Membership.objects.filter(customer__external_id="3").delete()
    Message.objects.update(state="sent")
    again = boss.post(start, sent | {"expected": "2", "code": "carts"}, follow=True)
    assert "changed or started it meanwhile" in text_of(again)
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("reentry", "days", "again"),
    [("never", 0, 0), ("after_completion", 0, 1), ("after_completion", 2, 0), ("always", 0, 2)],
)
def test_before_a_start_its_page_says_whom_it_is_for(
    boss, make_sequence, make_subscriber, enter, clock, reentry, days, again
):
    sequence = make_sequence(1, reentry=reentry, reentry_days=days)
    enter(make_subscriber("had"), make_subscriber("gone", status="unsubscribed"))
    clock.advance(hours=2)
    send_due()
    enter(make_subscriber("waits"))
    Sequence.objects.update(is_active=False)
    enter(make_subscriber("new"), make_subscriber("same", email="new@shop.example"))
    Sequence.objects.update(is_active=True)
    clock.advance(days=1)
    shown = boss.get(page("start", sequence.pk))
    found = shown.context["outlook"]
    assert (found.members, found.eligible) == (5, 4)
    assert shown.context["excluded"] == [("unsubscribed", 1)]
    assert (found.started, found.again, found.starts) == (2, again, 2 + again)
    assert ("from the first mail on" in text_of(shown)) is bool(again)
    started = Run.objects.filter(state="started")
    before = started.count()
    expected = {"version": sequence.version, "expected": "5"}
    answer = boss.post(page("start", sequence.pk), expected, follow=True)
    assert f"It was started for {2 + again} of 5 members." in text_of(answer)
    assert started.count() == before + 2 + again


def test_before_a_start_its_page_says_who_would_be_held_back(
    boss, make_sequence, make_subscriber, make_template, enter, clock, rule
):
    """Of those who would start: who had it already does not count, a lack counts once."""
    make_template("named", subject="{{ customer.name }}", html="<p>{{ customer.first_name }}</p>")
    steps = [
        {"number": 1, "delay_minutes": 0, "template": "one"},
        {"number": 2, "delay_minutes": 60, "template": "named", "coupon_rule": "ten"},
    ]
    sequence = make_sequence(steps=steps, reentry="never")
    enter(make_subscriber("had"))
    clock.advance(minutes=1)
    send_due()
    Sequence.objects.update(is_active=False)
    retail = CustomerGroup.objects.create(code="retail", name="Retail")
    enter(
        make_subscriber("ann", first_name="Ann"),
        make_subscriber("blank", first_name=" ", last_name="B"),
        make_subscriber("none", email="ann@shop.example"),
        make_subscriber("other", first_name="Bob", group=retail),
    )
    Sequence.objects.update(is_active=True)
    type(rule).objects.update(customer_groups=[CustomerGroup.objects.earliest("pk").code])
    shown = boss.get(page("start", sequence.pk))
    assert shown.context["outlook"].starts == 4
    assert dict(shown.context["outlook"].held_back) == {"empty": 2, "coupon_other_group": 1}
    assert "2 of those who would start now would not get every mail: a value" in text_of(shown)


def test_who_was_started_and_may_get_no_mail_any_more_starts_not_again(
    boss, make_sequence, make_subscriber, enter, clock, settings
):
    sequence = make_sequence(1, reentry="always")
    enter(make_subscriber("gone"), make_subscriber("capped"), make_subscriber("stays"))
    clock.advance(hours=2)
    send_due()
    NewsletterSubscription.objects.filter(customer__external_id="gone").update(
        status="unsubscribed"
    )
    shown = boss.get(page("start", sequence.pk)).context["outlook"]
    assert (shown.eligible, shown.started, shown.again, shown.starts) == (2, 2, 2, 2)
    settings.MAIL_MAX_PER_CUSTOMER_WEEK = 1
    page_ = boss.get(page("start", sequence.pk))
    found = page_.context["outlook"]
    assert (found.eligible, found.started, found.again, found.starts) == (0, 0, 0, 0)
    assert dict(page_.context["excluded"])["unsubscribed"] == 1
    assert "there is nothing to press" in text_of(page_)


def test_a_store_without_a_sender_is_said_before_and_after(
    boss, make_sequence, make_subscriber, enter, sender
):
    enter(make_subscriber("1"))
    sequence = make_sequence(1)
    words = "has no sender with an address and a postal address: its mails wait until it has one"
    start, status = page("start", sequence.pk), page("status", sequence.pk)
    assert words not in text_of(boss.get(start))
    MailSender.objects.update(from_email="")
    assert words in text_of(boss.get(start))
    assert words in text_of(boss.get(status))
    boss.post(start, {"version": sequence.version, "expected": "1"})
    assert words in text_of(boss.get(status))


def test_several_stores_without_a_sender_are_counted_and_get_one_at_once(
    boss, make_sequence, make_subscriber, enter
):
    """The page would repeat one sentence for each store, and lead to a list."""
    website = Store.objects.get().website
    for code in ("bern", "chur"):
        Store.objects.create(code=code, name=code.title(), website=website)
        enter(make_subscriber(code, store=code))
    start = page("start", make_sequence(1).pk)
    shown = boss.get(start).content.decode()
    assert shown.count("no sender with an address") == 1
    assert "2 stores have no sender" in shown
    url = unescape(re.search(r'href="([^"]*mailsender/add/[^"]*)"', shown)[1])
    named = {"from_email": "news@shop.example", "postal_address": "Town"}
    assert boss.post(url, named)["Location"] == start
    assert "no sender with an address" not in boss.get(start).content.decode()


def test_what_waits_while_a_sequence_is_off_is_said(boss, make_sequence, make_subscriber, enter):
    sequence = make_sequence(0)
    enter(make_subscriber("1"))
    status = page("status", sequence.pk)
    assert "data-working" in text_of(boss.get(status))
    boss.post(status, {"do": "deactivate"})
    shown = text_of(boss.get(status))
    assert "1 mail is scheduled and waits" in shown and "data-working" not in shown
    Message.objects.update(state="skipped", reason="left")
    assert "Activating sends nothing by itself" in text_of(boss.get(status))


def test_a_sequence_that_is_held_is_so_called_by_its_segment(boss, make_sequence, segment):
    make_sequence(1)
    pages = [
        reverse(f"admin:segments_segment_{name}", args=[segment.pk]) for name in ("mail", "used_by")
    ]
    for page_ in pages:
        assert "paused" not in text_of(boss.get(page_)).split("segment-head")[-1]
    Sequence.objects.update(pause_reason="login")
    assert "<td>paused</td>" in text_of(boss.get(pages[0]))
    assert "paused: The mail server refused the log-in." in text_of(boss.get(pages[1]))


def test_whoever_may_get_no_mail_is_refused_once_however_often_it_is_pressed(
    boss, make_sequence, make_subscriber, enter
):
    enter(make_subscriber("1"), make_subscriber("gone", status="unsubscribed"))
    sequence = make_sequence(1)
    for time in range(3):
        sequence.refresh_from_db()
        expected = {"version": sequence.version, "expected": "2"}
        boss.post(page("start", sequence.pk), expected)
        if time == 1:
            NewsletterSubscription.objects.update(status="not_active")
    refused = Run.objects.filter(state="not_eligible", customer__external_id="gone")
    assert [one.reason for one in refused] == ["not_subscribed"]
    NewsletterSubscription.objects.update(status="subscribed")
    sequence.refresh_from_db()
    boss.post(page("start", sequence.pk), {"version": sequence.version, "expected": "2"})
    assert Run.objects.filter(customer__external_id="gone", state="started").count() == 1


def test_nobody_is_started_without_somebody_who_may_get_it_and_a_mail(
    boss, clerk, make_sequence, make_subscriber, enter, change
):
    enter(make_subscriber("gone", status="unsubscribed"))
    sequence = make_sequence(1)
    shown = text_of(boss.get(page("start", sequence.pk)))
    assert "there is nothing to press" in shown and 'name="expected"' not in shown
    NewsletterSubscription.objects.update(status="subscribed")
    assert 'name="expected"' in text_of(boss.get(page("start", sequence.pk)))
    change(sequence, steps=[])
    assert "It has no steps yet" in text_of(boss.get(page("start", sequence.pk)))
    looker = clerk("campaigns.view_sequence")
    assert looker.get(page("start", sequence.pk)).status_code == 403
    assert looker.post(page("start", sequence.pk), {"expected": "1"}).status_code == 403


def test_a_start_that_is_under_way_shows_how_far_it_is(boss, make_sequence, make_subscriber, enter):
    enter(make_subscriber("1"), make_subscriber("2"))
    sequence = make_sequence(1)
    Sequence.objects.update(starting_at=now(), started_members=1)
    shown = text_of(boss.get(page("status", sequence.pk)))
    assert "data-working" in shown and "1 / 2" in shown
    assert page("start", sequence.pk) not in shown
    advance()
    assert "data-working" not in text_of(boss.get(page("status", sequence.pk)))


def test_a_segment_that_is_switched_off_says_what_becomes_of_its_mails(
    boss, make_sequence, segment, make_subscriber, enter
):
    sequence = make_sequence(1)
    enter(make_subscriber("1"))
    says = f"“{sequence}” refers to “Carts” (active, 1 mail scheduled, which is skipped"
    mail = reverse("admin:segments_segment_mail", args=[segment.pk])
    assert "not sent when it is due" not in text_of(boss.get(mail))
    chosen = {"action": "deactivate_selected", "_selected_action": [segment.pk]}
    assert says in text_of(boss.post(reverse("admin:segments_segment_changelist"), chosen))
    address = reverse("admin:segments_segment_change", args=[segment.pk])
    form = boss.get(address).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    answer = boss.post(address, sent | {"is_active": "", "_save": "1"}, follow=True)
    assert says in text_of(answer)
    for shown in (mail, page("status", sequence.pk)):
        assert "what was scheduled is skipped for good" in text_of(boss.get(shown))
    assert "active, but its segment is not" in text_of(boss.get(page("changelist")))


def test_a_segment_that_is_gone_leaves_its_sequence_to_be_seen_and_deleted(
    boss, make_sequence, segment, make_subscriber, enter, change
):
    sequence = make_sequence(1)
    enter(make_subscriber("1"))
    change(sequence, is_active=False)
    delete_segments([segment], author=None)
    shown = text_of(boss.get(page("status", sequence.pk)))
    assert "The segment is deleted" in shown and "“carts”" in shown
    assert 'value="activate"' not in shown
    answer = boss.post(page("status", sequence.pk), {"do": "activate"}, follow=True)
    assert "Its segment has been deleted." in text_of(answer)
    assert "carts (gone)" in text_of(boss.get(page("change", sequence.pk)))
    assert text_of(boss.get(page("runs", sequence.pk)))
    # Its messages are kept.
    answer = boss.post(page("delete", sequence.pk), {"post": "yes"}, follow=True)
    assert "once it is not active and none of its messages is kept" in text_of(answer)
    Message.objects.all().delete()
    boss.post(page("delete", sequence.pk), {"post": "yes"})
    assert not Sequence.objects.exists()


def test_an_active_one_is_not_deleted(boss, make_sequence):
    sequence = make_sequence(1)
    assert boss.post(page("delete", sequence.pk), {"post": "yes"}).status_code == 403
    assert Sequence.objects.exists()


# Who is where ------------------------------------------------------------------------------------


def test_who_is_where(boss, make_sequence, make_subscriber, enter, leave, clock):
    sequence = make_sequence(0, 24)
    left = make_sequence(5, trigger="exit")
    first, second = make_subscriber("1"), make_subscriber("2")
    third = make_subscriber("3", status="unsubscribed")
    enter(first, second, third)
    send_due()
    clock.advance(hours=1)
    leave(second)
    found = boss.get(page("runs", sequence.pk)).context["places"]
    shown = [
        (one.run.customer.external_id, one.run.sequence_id, one.sent, one.next_mail, one.why_none)
        for one in found
    ]
    assert shown == [
        ("2", left.pk, "0 mails", "step 1: one", ""),
        ("3", sequence.pk, "0 mails", "", "may not get mail: unsubscribed"),
        ("2", sequence.pk, "1 mail", "", "not sent: the customer left the segment"),
        ("1", sequence.pk, "1 mail", "step 2: two", ""),
    ]
    assert found[3].next_at == found[3].run.started_at + timedelta(days=1)
    clock.advance(days=2)
    send_due()
    (one,) = boss.get(page("runs", sequence.pk), {"q": "1"}).context["places"]
    assert (one.sent, one.why_none) == ("2 mails", "all are sent")
    for nobody in ("4", "\0", "1" * 5_000):
        assert boss.get(page("runs", sequence.pk), {"q": nobody}).context["places"] == []


def test_pages_of_those_who_are_somewhere(boss, make_sequence, make_subscriber):
    sequence = make_sequence(1)
    customer = make_subscriber("1")
    Run.objects.bulk_create(
        Run(sequence=sequence, customer=customer, state="started", started_at=now(), change=number)
        for number in range(1, 102)
    )
    seen, address = [], page("runs", sequence.pk)
    while address:
        context = boss.get(address).context
        seen += [one.run.change for one in context["places"]]
        address = context["next_url"] and page("runs", sequence.pk) + context["next_url"]
    assert seen == list(range(101, 0, -1))
    for after in ("x", "-1", "9" * 30, "٣", "\0"):
        found = boss.get(page("runs", sequence.pk), {"after": after}).context["places"]
        assert found[0].run.change == 101


def test_of_somebody_who_is_gone_nothing_but_the_run_is_left(
    boss, make_sequence, make_subscriber, enter
):
    sequence = make_sequence(1)
    customer = make_subscriber("C8", first_name="Zoe")
    enter(customer)
    Customer.objects.filter(pk=customer.pk).delete()
    shown = text_of(boss.get(page("runs", sequence.pk)))
    assert "erased or deleted" in shown and "Zoe" not in shown


# Lists -------------------------------------------------------------------------------------------


def test_the_list(boss, make_sequence, make_subscriber, enter, clock, make_segment):
    sequence = make_sequence(0, 24)
    make_sequence(1, trigger="exit", is_active=False)
    enter(make_subscriber("1"))
    send_due()
    rows = boss.get(page("changelist"), {"q": "CARTS", "is_active__exact": "1"}).context["cl"]
    (row,) = rows.result_list
    assert (row.pk, row.sends) == (sequence.pk, 1)
    assert row.due == Message.objects.get(state="scheduled").due_at
    (row,) = boss.get(page("changelist"), {"trigger__exact": "exit"}).context["cl"].result_list
    assert (row.sends, row.due) == (0, None)
    assert not boss.get(page("changelist"), {"q": "other"}).context["cl"].result_list
    assert boss.get(page("changelist"), {"q": "\0"}).status_code == 200


def test_list_is_sorted_by_name_and_adds_codes_to_equal_names(boss, make_segment, make_sequence):
    for code, name in (("a", "Zoo"), ("b", "VIP"), ("c", "VIP"), ("d", "gone"), ("e", "ant")):
        make_segment(name, [NOBODY], code=code, applies_to="both")
        SEQUENCES.create({"segment": code, "trigger": "exit"}, author=None)
    SEQUENCES.create({"segment": "a", "trigger": "enter"}, author=None)
    delete_segments([Segment.objects.get(code="d")])
    rows = boss.get(page("changelist"), {"trigger__exact": "exit"}).context["cl"].result_list
    admin = site.get_model_admin(Sequence)
    shown = [re.search("“(.*)”", admin.named(row))[1] for row in rows]
    assert shown == ["ant", "VIP (b)", "VIP (c)", "Zoo", "d"]


def test_empty_list_of_a_sequence_keeps_search_and_filters(boss, make_sequence):
    address = reverse("admin:campaigns_message_changelist")
    text = text_of(boss.get(address, {"sequence__id__exact": make_sequence(1).pk}))
    assert "Nothing matches this search and these filters." in text
    assert 'id="searchbar"' in text and 'id="changelist-filter"' in text


def test_sequence_is_suggested_by_the_code_of_its_segment(make_segment):
    make_segment("Left behind", [NOBODY], code="carts_7", applies_to="both")
    row = SEQUENCES.create({"segment": "carts_7", "trigger": "exit"}, author=None).row
    for text in ("ARTS_7", "behind", str(row.pk)):
        assert sequences().suggest(text, 5) == {str(row.pk): str(row)}
    assert not sequences().suggest("arts_8", 5)


def test_messages_are_found_by_their_sequence(boss, make_sequence, make_subscriber, enter):
    sequence, other = make_sequence(1, 2), make_sequence(1, trigger="exit")
    enter(make_subscriber("1"))
    address = reverse("admin:campaigns_message_changelist")
    for one, number in ((sequence, 2), (other, 0)):
        found = boss.get(address, {"sequence__id__exact": one.pk})
        assert found.status_code == 200
        assert len(found.context["cl"].result_list) == number
    assert "Carts: a customer enters the segment" in text_of(boss.get(address))
    message = Message.objects.first()
    assert "Carts" in text_of(
        boss.get(reverse("admin:campaigns_message_change", args=[message.pk]))
    )


def test_the_page_of_a_segment_shows_them_to_whoever_may_see_them(
    boss, clerk, make_sequence, segment
):
    sequence = make_sequence(1)
    address = reverse("admin:segments_segment_mail", args=[segment.pk])
    shown = text_of(boss.get(address))
    assert page("status", sequence.pk) in shown
    assert f"{page('add')}?segment=carts&amp;trigger=exit" in shown
    other = clerk("segments.view_segment", "campaigns.view_campaign")
    assert page("status", sequence.pk) not in text_of(other.get(address))


def test_mail_page_says_who_can_be_mailed_and_why_not(boss, segment, make_subscriber, enter):
    """Accepting marketing is not being mailable: the number is the one of a campaign."""
    enter(
        make_subscriber("1"),
        make_subscriber("2", status=None, accepts_marketing=True),
        make_subscriber("3", status="unsubscribed", accepts_marketing=True),
    )
    shown = boss.get(reverse("admin:segments_segment_mail", args=[segment.pk])).context
    assert (shown["audience"].members, shown["audience"].eligible) == (3, 1)
    links = {words: url for words, _number, url in shown["excluded"]}
    assert links.keys() == {"not subscribed", "unsubscribed"}
    people = boss.get(links["unsubscribed"]).context["customers"]
    assert [one.external_id for one in people] == ["3"]


def test_a_template_that_is_gone_from_the_list_is_no_choice(boss, make_sequence):
    sequence = make_sequence(1, is_active=False)
    rows = rows_of(boss, sequence)
    SEQUENCES.change(sequence, {"steps": []}, author=None)
    MailTemplate.objects.filter(code="one").delete()
    answer = boss.post(page("change", sequence.pk), body(*rows, known=1, opened_version="2"))
    assert "Step 1, Template" in str(errors_of(answer))


def test_a_coupon_that_no_rule_gives_keeps_a_sequence_from_sending(
    boss, client_with, make_sequence, make_template, make_subscriber, enter
):
    """By the form, by the button, by the API; and nobody is started by what became so later."""
    why = "Its template shows a coupon, but no price rule is chosen"
    make_template("code", html="<p>{{ coupon.code }}</p>")
    steps = [{"number": 1, "delay_minutes": 0, "template": "code"}]
    sequence = make_sequence(is_active=False, steps=steps)
    form = body(*rows_of(boss, sequence), known=1, is_active="on", opened_version="1")
    (found,) = errors_of(boss.post(page("change", sequence.pk), form)).values()
    assert found[0].startswith(f"Step 1: {why}")
    answer = boss.post(page("status", sequence.pk), {"do": "activate"}, follow=True)
    assert f"Step 1: {why}" in text_of(answer)
    merchant, on = client_with(*RIGHTS, "campaigns.send_campaign"), {"is_active": True}
    answer = merchant.send("PATCH", f"sequences/{sequence.pk}/", on, **{"If-Match": "*"})
    (problem,) = answer.json()["errors"]
    expected = (400, "steps[0].coupon_rule", "coupon_without_rule")
    assert (answer.status_code, problem["path"], problem["code"]) == expected
    Sequence.objects.update(is_active=True)
    enter(make_subscriber("1"))
    shown = text_of(boss.get(page("start", sequence.pk)))
    assert (why in shown, "Start for 1" in shown) == (True, False)
    started = merchant.send("POST", f"sequences/{sequence.pk}/start-for-members/", {"expected": 1})
    assert (started.status_code, started.json()["errors"][0]["code"]) == (
        *(409, "coupon_without_rule"),
    )
    assert not Run.objects.filter(change=None).exists()


def test_a_step_says_who_gets_no_coupon(boss, make_sequence, make_template, rule):
    make_template("gift", html="{{ coupon.description }} {{ coupon.expires_formatted }}")
    sequence = make_sequence(steps=[new_step(1, 0, "gift", "ten", 7)])
    type(rule).objects.update(customer_groups=["wholesale"], ends_on=date(2000, 1, 1))
    shown = text_of(boss.get(page("status", sequence.pk)))
    assert "is for certain groups" in shown
    assert "The price rule of its coupons has ended" in shown
    assert "“coupon.description”, which is empty" in shown
    assert "expires_formatted" not in shown
