"""Recipients beside whom only the control group left out."""

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.audience.freezing import freeze
from campaigns.models import HeldOut, Message
from campaigns.results.reports import report_of
from campaigns.tests.conftest import AT, numbers
from customers.merging import merge_guest
from customers.models import Customer, Orders
from customers.privacy.erasing import go_on, request_erasure
from personalization.assignment import is_held_out

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = AT + 30 * DAY


@pytest.fixture(autouse=True)
def half_are_held_out(settings):
    settings.HOLDOUT_BASIS_POINTS = 5_000


@pytest.fixture
def make_groups(make_subscriber):
    """Return a function that makes so many subscribers of each group: others, held out."""

    def make(number):
        found = {False: [], True: []}
        for place in range(100 * number):
            customer = Customer(external_id=f"h{place}")
            group = found[is_held_out(customer)]
            if len(group) < number:
                group.append(make_subscriber(f"h{place}"))
        return found[False], found[True]

    return make


def shown(report):
    return report["incremental_revenue"]


def test_it_is_what_recipients_brought_more(make_campaign, make_groups, make_order):
    from scipy import stats

    recipients, held_out = make_groups(40)
    campaign = freeze(make_campaign(respects_holdout=True), AT).campaign
    assert numbers(Message.objects.all()) == sorted(one.external_id for one in recipients)
    assert numbers(HeldOut.objects.all()) == sorted(one.external_id for one in held_out)
    brought = {one.pk: Decimal(0) for one in (*recipients, *held_out)}
    for place, customer in enumerate((*recipients[:30], *held_out[:10])):
        brought[customer.pk] = Decimal(place * 7 % 50) + Decimal("0.25")
        make_order(customer, at=AT + DAY, grand_total=brought[customer.pk])
        make_order(customer, at=AT - DAY, grand_total=500)
        make_order(customer, at=AT + 7 * DAY, grand_total=500)
    Message.objects.filter(customer=recipients[0]).update(state="skipped", reason="inactive")

    found = shown(report_of(campaign, NOW))
    one, other = ([float(brought[c.pk]) for c in some] for some in (recipients, held_out))
    difference = sum(one) / 40 - sum(other) / 40
    interval = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert found["value"] == f"{difference * 40:.4f}"
    assert [float(end) for end in found["interval"]] == pytest.approx(
        [interval.low * 40, interval.high * 40], abs=1e-3
    )
    assert (found["treated"]["n"], found["holdout"]["n"], found["reason"]) == (40, 40, None)


def test_too_few_are_told_nothing(make_campaign, make_groups):
    make_groups(5)
    found = shown(report_of(freeze(make_campaign(respects_holdout=True), AT).campaign, NOW))
    assert (found["value"], found["interval"], found["reason"]) == (None, None, "too_few")


def test_where_nobody_is_held_out_there_is_nothing_to_tell(make_campaign, make_groups):
    make_groups(2)
    draft = make_campaign(respects_holdout=True)
    assert shown(report_of(draft, AT)) is None
    campaign = freeze(make_campaign("other"), AT).campaign
    assert shown(report_of(campaign, NOW)) is None
    assert not HeldOut.objects.exists()


def test_whom_something_else_leaves_out_is_no_counterpart(
    make_campaign, make_groups, make_subscriber, settings
):
    recipients, (gone, capped, twin, first, second, alone) = make_groups(6)
    settings.MAIL_MAX_PER_CUSTOMER_WEEK = 1
    gone.subscriptions.update(status="unsubscribed")
    Message.objects.create(
        kind="campaign", customer=capped, store=capped.store, state="sent",
        due_at=AT - DAY, claimed_at=AT - DAY, sent_at=AT - DAY,
    )  # fmt: skip
    Customer.objects.filter(pk=twin.pk).update(email=recipients[0].email.upper())
    for one in (first, second):
        Customer.objects.filter(pk=one.pk).update(email="both@shop.example")
    for one in (twin, first, second):
        Customer.objects.get(pk=one.pk).save()
    campaign = freeze(make_campaign(respects_holdout=True), AT).campaign
    assert campaign.audience["excluded"] == {"unsubscribed": 1, "holdout": 5}
    assert numbers(HeldOut.objects.all()) == sorted([first.external_id, alone.external_id])


def test_a_recipient_who_was_held_out_as_a_guest_is_a_recipient(
    make_campaign, make_groups, make_order
):
    recipients, held_out = make_groups(31)
    Customer.objects.filter(pk=held_out[0].pk).update(kind="guest")
    campaign = freeze(make_campaign(respects_holdout=True), AT).campaign
    merge_guest(Customer.objects.get(pk=held_out[0].pk), recipients[0])
    found = shown(report_of(campaign, NOW))
    assert (found["treated"]["n"], found["holdout"]["n"]) == (31, 30)


def test_an_erasure_takes_who_was_held_out(make_campaign, make_groups):
    _recipients, held_out = make_groups(1)
    freeze(make_campaign(respects_holdout=True), AT)
    go_on(request_erasure(held_out[0], Orders.ANONYMIZE, author=None).pk)
    assert not HeldOut.objects.exists()


def test_analytics_measure_it_too(make_campaign, make_groups, make_order, client_with):
    recipients, _held_out = make_groups(31)
    campaign = freeze(make_campaign(respects_holdout=True), AT).campaign
    make_order(recipients[0], at=AT + DAY, grand_total=31)
    asked = {
        "campaign": "mail:spring",
        "metrics": "incremental_revenue",
        "from": AT.isoformat(),
        "to": (AT + 7 * DAY).isoformat(),
        "as_of": NOW.isoformat(),
    }
    client = client_with("personalization.view_analytics")
    found = client.get("/api/v1/personalization/analytics/", asked).json()
    assert found["incremental_revenue"] == shown(report_of(campaign, NOW))
    assert found["incremental_revenue"]["value"] == "31.0000"


def test_its_groups_are_a_trial_of_an_uplift(make_campaign, make_groups):
    """Recipients are contacted, who was held out is not, both since the recipients were settled."""
    from predictions.kinds.trained import checked_parameters
    from predictions.kinds.uplift.declaration import UPLIFT
    from predictions.kinds.uplift.trials import checked_trial, trials_with_control
    from predictions.refusals import Refused

    draft = make_campaign(respects_holdout=True)
    code = f"mail:{draft.code}"
    with pytest.raises(Refused) as refused:
        checked_trial(code)
    assert refused.value.code == "no_control" and trials_with_control() == {}
    recipients, held_out = make_groups(3)
    freeze(draft, AT)
    trial = checked_trial(code)
    found = {key: one for some in trial.contacts(AT) for key, one in some.items()}
    assert {key for key, one in found.items() if one.is_treated} == {c.pk for c in recipients}
    assert {key for key, one in found.items() if not one.is_treated} == {c.pk for c in held_out}
    assert {one.at for one in found.values()} == {AT} and not list(trial.contacts(AT - DAY))
    assert trials_with_control() == {code: draft.name}
    # Of a campaign with the longest code, too.
    longest = f"mail:{'c' * 64}"
    assert checked_parameters(UPLIFT, {"campaign": longest})["campaign"] == longest
