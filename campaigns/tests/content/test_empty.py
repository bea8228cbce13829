"""A mail that names something which its recipient does not have is held back, and counted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns import sending
from campaigns.audience.freezing import NotSent, freeze
from campaigns.audience.judging import audience_of
from campaigns.audience.preflight_warnings import doubts_of
from campaigns.content.contents import content_of
from campaigns.content.values import coupon_values
from campaigns.delivery.lifecycle import send
from campaigns.delivery.test_mail import preview_campaign, preview_content
from campaigns.editing.senders import SENDERS
from campaigns.models import MailSender, MailTemplate, Message
from campaigns.results.reports import report_of
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from customers.models import CustomerGroup, Store, Website
from customers.tests.rows import an_order
from price_rules.coupons.coupon_validity import reason_against_new_coupon
from price_rules.coupons.issuing import issue_coupon
from price_rules.models import CartPriceRule, Coupon, Reservation

pytestmark = pytest.mark.django_db

SENDER = {
    "from_name": "Shop",
    "from_email": "news@shop.example",
    "reply_to": "",
    "postal_address": "1 Main Street, Town",
}
CODE = "Your code: {{ coupon.code }}"


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("html", "empty"),
    [
        ("Hello {{ customer.first_name }},", "customer.first_name"),
        ("Hello {{ customer.first_name|title }},", "customer.first_name|title"),
        ("{% for one in recommendations %}{{ one.name }}{% endfor %}", "recommendations"),
        ("{% with code=coupon.code %}{{ code }}{% endwith %}", "code"),
        ("Hello {{ customer.first_name|default:'friend' }},", ""),
        ("{% if coupon.code %}{{ coupon.code }}{% endif %}", ""),
        ("{% for one in recommendations %}{{ one.name }}{% empty %}Nothing{% endfor %}", ""),
        ("{{ content.mail_top.title }}", ""),
        ("{% with top=content.mail_top %}{{ top.title }}{% endwith %}", ""),
        ("{{ '' }}", ""),
        ("Hello {{ customer.last_name|default:'friend' }},", ""),
    ],
)
def test_a_name_that_is_empty_holds_the_mail_back(
    html, empty, make_campaign, make_template, make_subscriber, mail
):
    make_template("t", html=html)
    make_subscriber("1", last_name=" \u00a0")
    freeze(make_campaign(template="t"), AT)
    send_due(as_of=AT)
    message = Message.objects.get()
    found = (message.state, message.reason, message.reply)
    assert found == (("skipped", "empty", empty) if empty else ("sent", "", message.reply))
    assert len(mail) == (0 if empty else 1)


def test_only_who_lacks_it_gets_nothing(make_campaign, make_template, make_subscriber, mail):
    make_template("t", subject="For {{ customer.first_name }}")
    make_subscriber("1", first_name="Ann")
    make_subscriber("2")
    freeze(make_campaign(template="t"), AT)
    send_due(as_of=AT)
    assert [one["Subject"] for one in mail] == ["For Ann"]
    assert Message.objects.get(customer__external_id="2").reason == "empty"


@pytest.mark.parametrize(
    ("html", "reached", "names"),
    [
        ("{{ segment.name }}", 0, ["segment.name"]),
        ("{{ step.number }}", 0, ["step.number"]),
        ("{% with n=customer.first_name %}{{ n }}{% endwith %}", 1, ["n"]),
        ("{% for one in recommendations %}{{ one.name }}{% endfor %}", 2, []),
        ("{{ campaign.name }} {{ postal_address }} {{ view_url }} {{ customer.email }}", 2, []),
    ],
)
def test_names_empty_for_recipients_are_counted_before(
    html, reached, names, make_campaign, make_template, make_subscriber
):
    make_template("t", html=html)
    make_subscriber("1", first_name="Ann")
    make_subscriber("2")
    campaign = make_campaign(template="t")
    found = audience_of(campaign, as_of=AT)
    assert (found.reached, [*found.nameless.names]) == (reached, names)
    for_all = [
        one
        for one in preview_campaign(campaign, None, Store.objects.get()).faults
        if "every recipient" in one
    ]
    assert len(for_all) == (0 if reached else 1)


def test_who_cannot_use_the_coupon_is_not_nameless_too(
    rule, make_campaign, make_template, make_subscriber, clock
):
    clock.at = AT
    CartPriceRule.objects.update(customer_groups=["general"])
    trade = CustomerGroup.objects.create(code="trade", name="Trade")
    make_template("t", html=CODE + "{{ customer.first_name }}")
    make_subscriber("neither", group=trade)
    make_subscriber("no-name")
    make_subscriber("both", first_name="Ann")
    found = audience_of(make_campaign(template="t", coupon_rule="ten"), as_of=AT)
    assert (found.held_back, found.nameless.number, found.reached) == (1, 1, 1)


def test_a_message_that_is_held_back_leaves_no_coupon(
    rule, make_campaign, make_template, make_subscriber, mail, clock
):
    clock.at = AT
    make_template("t", subject="For {{ customer.first_name }}", html=CODE)
    make_subscriber("1", first_name="Ann")
    make_subscriber("2")
    campaign = make_campaign(template="t", coupon_rule="ten")
    freeze(campaign, AT)
    send_due(as_of=AT)
    (coupon,) = Coupon.objects.issued()
    assert (coupon.customer.external_id, len(mail)) == ("1", 1)
    assert report_of(campaign, AT)["coupons_issued"] == 1
    assert [one.coupon for one in Message.objects.order_by("customer")] == [coupon, None]


@pytest.mark.parametrize("html", [CODE, "<a href='{{ coupon.description }}'>x</a>"])
def test_a_coupon_that_no_rule_gives_is_refused_before_anything_is_sent(
    html, make_campaign, make_template, make_subscriber
):
    make_template("t", html=html)
    make_subscriber("1")
    with pytest.raises(NotSent, match="coupon_without_rule"):
        freeze(make_campaign(template="t"), AT)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ends_on": date(2026, 4, 8)}, "rule_ended"),
        ({"starts_on": date(2026, 4, 12)}, "rule_not_started"),
        ({"coupon": "none"}, "rule_without_coupons"),
        ({"is_active": False}, "rule_inactive"),
        ({"uses_total": 1}, "rule_used_up"),
        ({"segments": {"operator": "is", "segments": ["gone"]}}, "rule_without_members"),
    ],
)
def test_coupons_that_do_nothing_are_sent_to_nobody(
    change, why, rule, make_campaign, make_template, make_subscriber, mail, clock
):
    """Neither before it begins, nor when the rule changes on the way: then it is paused."""
    clock.at = AT
    make_template("t", html=CODE)
    customer = make_subscriber("1")
    first, second = (
        make_campaign(code, template="t", coupon_rule="ten") for code in ("first", "second")
    )
    freeze(first, AT)
    Reservation.objects.create(
        coupon=issue_coupon(rule, customer, AT),
        order="o1",
        customer=customer,
        expires_at=AT + timedelta(days=1),
    )
    CartPriceRule.objects.update(**change)

    with pytest.raises(NotSent, match=why):
        freeze(second, AT)
    send_due(as_of=AT)
    first.refresh_from_db()
    assert (first.state, first.pause_reason, mail) == ("paused", why, [])


@pytest.mark.parametrize(("seconds", "asked"), [(1000.0, 1), (0.0, 3)])
def test_a_price_rule_is_checked_once_for_each_block(
    seconds, asked, rule, make_campaign, make_template, make_subscriber, mail, clock, monkeypatch
):
    clock.at = AT
    make_template("t", html=CODE)
    for number in range(3):
        make_subscriber(f"c{number}")
    freeze(make_campaign(template="t", coupon_rule="ten"), AT)
    checked = []

    def check(*given):
        checked.append(given)
        return reason_against_new_coupon(*given)

    monkeypatch.setattr(sending, "LOOK_EVERY_SECONDS", seconds)
    monkeypatch.setattr(sending, "reason_against_new_coupon", check)
    send_due(as_of=AT)
    assert (len(mail), len(checked)) == (3, asked)


def test_coupons_that_some_cannot_use_are_warned_of(
    rule, make_campaign, make_template, make_segment, make_subscriber, put_into
):
    make_template("t", html=CODE)
    put_into(make_segment("vip"), make_subscriber("1"))
    other = make_segment("other")
    campaign = make_campaign(template="t", coupon_rule="ten", segments=["vip"])
    found = audience_of(campaign, as_of=AT)
    wanted = {"operator": "is_one_of", "segments": ["vip", "other"]}

    def said(**values):
        return len(doubts_with(**values))

    def doubts_with(**values):
        for name, value in values.items():
            setattr(campaign.coupon_rule, name, value)
        return doubts_of(campaign, found)

    def tree(attribute):
        condition = {"attribute": attribute, "operator": "gt", "value": 1}
        return {"match": "all", "conditions": [{"match": "any", "conditions": [condition]}]}

    assert said() == said(segments=wanted) == 0
    assert said(conditions=tree("cart.subtotal")) == 0
    (doubt,) = doubts_with(conditions=tree("customer.orders_count"))
    assert "has conditions: recipients who don’t fit them" in doubt
    assert said(conditions=None) == 0
    assert said(segments=wanted | {"segments": ["other"]}) == 1
    other.is_active = False
    other.save()
    (doubt,) = doubts_with(segments=wanted | {"segments": ["other", "gone"]})
    assert "segments that are not active: nobody can use its coupons" in doubt
    assert said(segments=wanted | {"operator": "is_not_one_of"}) == 1
    assert said(uses_total=1) == 1
    issued = issue_coupon(rule, None, AT)
    Reservation.objects.create(coupon=issued, order="o1", expires_at=AT + timedelta(days=1))
    assert said(uses_total=1) == 2


@pytest.mark.both
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"customer_groups": ["wholesale"]}, "coupon_other_group"),
        ({"websites": ["west"]}, "coupon_other_website"),
        # In the west the tenth has not begun yet, or the ninth is not over yet.
        ({"ends_on": date(2026, 4, 9)}, "coupon_ended"),
    ],
)
def test_who_cannot_use_a_coupon_is_counted_and_held_back(
    change, reason, rule, make_campaign, make_template, make_subscriber, mail, clock
):
    clock.at = AT
    west = Website.objects.create(code="west", name="West", timezone="Etc/GMT+12")
    Store.objects.create(code="w", name="W", website=west)
    wholesale = CustomerGroup.objects.create(code="wholesale", name="Wholesale")
    make_template("t", html=CODE)
    make_subscriber("may", store="w", group=wholesale)
    make_subscriber("may-not")
    clock.at = datetime(2026, 4, 10, 6, tzinfo=UTC)
    CartPriceRule.objects.update(**change)
    campaign = make_campaign(template="t", coupon_rule="ten", stores=["default", "w"])
    SENDERS.save(MailSender(store=Store.objects.get(code="w")), SENDER, author=None)
    found = audience_of(campaign)
    assert (found.eligible, found.without_use) == (2, {reason: 1})
    assert any(one.startswith("1 of 2 recipients will get") for one in doubts_of(campaign, found))
    freeze(campaign, clock.at)
    send_due(as_of=clock.at)
    held, sent = Message.objects.order_by("-customer")
    assert (held.state, held.reason, sent.state, len(mail)) == ("skipped", reason, "sent", 1)


@pytest.mark.parametrize(("html", "is_seen"), [(CODE, True), ("Ten percent off!", False)])
def test_coupon_whose_code_nobody_sees_is_warned_of(
    html, is_seen, rule, make_campaign, make_template, make_subscriber, clock
):
    """It holds mail back from whoever cannot use a code that is in no mail."""
    clock.at = AT
    make_template("t", html=html)
    make_subscriber("1")
    campaign = make_campaign(template="t", coupon_rule="ten")
    warnings = " ".join(doubts_of(campaign, audience_of(campaign)))
    assert ("recipients don’t see their coupon" in warnings) is not is_seen


@pytest.mark.both
def test_customer_at_the_limit_of_uses_gets_no_coupon(
    rule, make_campaign, make_template, make_subscriber, mail, clock
):
    clock.at = AT
    CartPriceRule.objects.update(uses_per_customer=2)
    rule.refresh_from_db()
    ann, bob, cy, dan = (make_subscriber(number) for number in ("ann", "bob", "cy", "dan"))
    codes = {one: issue_coupon(rule, one, AT) for one in (ann, bob, cy, dan)}
    until = AT + timedelta(days=1)
    for customer, number in ((ann, "a"), (ann, "b"), (bob, "c"), (cy, "d")):
        an_order(customer, number, coupon_code=codes[customer].code)
    an_order(bob, "e", coupon_code=codes[bob].code, state="canceled")
    # Reserved for an order that is not there, and for one that is another customer's by now.
    Reservation.objects.create(coupon=codes[cy], order="f", customer=cy, expires_at=until)
    an_order(bob, "g")
    Reservation.objects.create(coupon=codes[dan], order="g", customer=dan, expires_at=until)
    make_template("t", html=CODE)
    campaign = make_campaign(template="t", coupon_rule="ten")

    found = audience_of(campaign, as_of=AT)
    assert (found.eligible, found.without_use) == (4, {"coupon_used_up": 3})
    assert any(one.startswith("3 of 4 recipients will get") for one in doubts_of(campaign, found))
    freeze(campaign, AT)
    send_due(as_of=AT)
    assert {one.customer: one.reason for one in Message.objects.select_related("customer")} == {
        **dict.fromkeys((ann, bob, cy), "coupon_used_up"),
        dan: "",
    }
    assert len(mail) == 1


@pytest.mark.parametrize(
    ("html", "values", "why"),
    [
        (CODE, {"customer_groups": ["wholesale"]}, "no_usable_coupon"),
        ("{{ coupon.description }}", {}, "empty_coupon_name"),
    ],
)
@pytest.mark.parametrize("is_later", [False, True])
def test_what_nobody_would_get_is_not_sent(
    is_later, html, values, why, rule, make_campaign, make_template, make_subscriber, clock
):
    """Frozen, it would be a campaign with as many skipped messages as recipients."""
    clock.at = AT
    CustomerGroup.objects.create(code="wholesale", name="Wholesale")
    make_template("t", html=html)
    make_subscriber("1")
    CartPriceRule.objects.update(**values)
    when = {"send_at": AT + timedelta(days=1)} if is_later else {}
    campaign = make_campaign(template="t", coupon_rule="ten", **when)
    with pytest.raises(NotSent, match=why):
        send(campaign, AT, expected=None, author=None)
    campaign.refresh_from_db()
    assert (campaign.state, Message.objects.count()) == ("draft", 0)


def test_a_coupon_that_starts_later_is_sent_when_it_has_started(
    rule, make_campaign, make_template, make_subscriber, clock
):
    clock.at = AT
    make_template("t", html=CODE)
    make_subscriber("1")
    CartPriceRule.objects.update(starts_on=date(2026, 4, 12))
    early, in_time = (
        make_campaign(
            f"on-{day}",
            template="t",
            coupon_rule="ten",
            send_at=datetime(2026, 4, day, 12, tzinfo=UTC),
        )
        for day in (11, 12)
    )
    with pytest.raises(NotSent, match="rule_not_started"):
        send(early, AT, expected=None, author=None)
    assert send(in_time, AT, expected=None, author=None).state == "scheduled"


@pytest.mark.parametrize(
    ("html", "values", "name"),
    [
        ("{{ coupon.description }}", {}, "coupon.description"),
        ("{{ coupon.expires_formatted }}", {}, "coupon.expires_formatted"),
        ("{{ coupon.description|default:'Hello' }}", {}, ""),
        ("{{ coupon.description }}", {"description": "Ten"}, ""),
        ("{{ coupon.expires_formatted }}", {"ends_on": date(2026, 4, 30)}, ""),
    ],
)
def test_a_name_of_the_coupon_that_is_empty_for_all_is_warned_of(
    html, values, name, rule, make_campaign, make_template, make_subscriber, clock
):
    clock.at = AT
    make_template("t", html=html)
    make_subscriber("1")
    CartPriceRule.objects.update(**values)
    campaign = make_campaign(template="t", coupon_rule="ten")
    warnings = " ".join(doubts_of(campaign, audience_of(campaign)))
    assert ("Nobody will get the mail" in warnings) == bool(name)
    assert f"shows “{name}”" in warnings or not name


@pytest.mark.parametrize(("ends_on", "said"), [(None, 17), (date(2026, 4, 12), 12)])
def test_a_coupon_is_not_said_to_be_good_for_longer_than_its_rule(ends_on, said, rule):
    rule.ends_on = ends_on
    coupon = issue_coupon(rule, None, AT, expires_at=datetime(2026, 4, 17, 12, tzinfo=UTC))
    values = coupon_values(rule, coupon, Store.objects.get())
    assert values["expires_at"].day == said
    assert values["expires_formatted"] == f"April {said}, 2026"


def test_a_coupon_without_an_expiry_ends_with_its_rule(rule):
    coupon = issue_coupon(rule, None, AT)
    assert coupon_values(rule, coupon, Store.objects.get())["expires_formatted"] == ""
    rule.ends_on = date(2026, 4, 30)
    values = coupon_values(rule, coupon, Store.objects.get())
    assert values["expires_formatted"] == "April 30, 2026"


def test_what_is_missing_is_said_in_the_preview(make_template, make_customer):
    make_template("u", html="{{ customer.first_name }}")
    definition = content_of(MailTemplate.objects.get(code="u"))
    warned = [
        [
            one
            for one in preview_content(definition, customer=customer).warnings
            if "for this customer" in one
        ]
        for customer in (make_customer(), make_customer(first_name="Ann"), None)
    ]
    assert [len(one) for one in warned] == [1, 0, 0]
