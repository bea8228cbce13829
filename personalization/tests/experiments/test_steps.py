"""A new experiment in four steps: the shop's own figures, the draft, and what is refused."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from core.clock import now
from customers.models import Order, ProductView
from personalization.experiments.planning import Baseline, baseline_of, durations_of
from personalization.models import Experiment, Exposure, Metric
from predictions.statistics.sample_sizes import sample_size, smallest_difference, smallest_rise
from segments.models import Membership
from tests.factories.experiences import text

pytestmark = pytest.mark.django_db
STEPS = reverse("admin:personalization_experiment_steps")


@pytest.fixture
def place(make_placement, make_variant):
    found = make_placement()
    make_variant(found, "loud", content=text("LOUD"))
    return found


@pytest.fixture
def visitors(make_customer, make_product):
    """Forty customers who viewed a product: 20 three weeks ago, 20 eleven weeks ago; 10 bought."""
    found, product = [], make_product("shoe")
    for number in range(40):
        at = now() - timedelta(weeks=3 if number < 20 else 11)
        one = make_customer(f"V{number}")
        ProductView.objects.create(customer=one, product=product, viewed_at=at)
        if number % 4 == 0:
            Order.objects.create(
                number=f"O{number}", customer=one, store=one.store, state="complete",
                created_at=at + timedelta(days=1), updated_at=at, grand_total=50,
            )  # fmt: skip
        found.append(one)
    return found


def sent(**values):
    return {
        "place": "hero",
        "compared": ["loud"],
        "goal": "conversion_rate",
        "weeks": "12",
    } | values


def test_baseline_has_own_visitors_and_rate(place, visitors):
    row = Experiment(placement=place)
    found = baseline_of(row, [], now())
    assert found.visitors == {2: 0, 4: 20, 8: 20, 12: 40}
    assert (found.of_place, found.may_take_part, found.counted) == (False, True, 40)
    assert (found.mean, found.deviation) == (0.25, pytest.approx(0.4330127))
    assert [one.size for one in durations_of(row, found, 2)] == [0, 10, 10, 20]


def test_baseline_reads_place_once_it_was_shown(place, visitors):
    for number, one in enumerate(visitors[:30]):
        at = now() - timedelta(weeks=3)
        Exposure.objects.create(
            served_id=f"S{number}", element="hero", customer=one, at=at, why="default"
        )
    found = baseline_of(Experiment(placement=place), [], now())
    assert (found.visitors[4], found.of_place, found.counted) == (30, True, 30)


def test_clicks_at_place_never_shown_are_unknown(place, visitors):
    row = Experiment(placement=place, primary_metric=Metric.CLICK_THROUGH_RATE)
    assert baseline_of(row, [], now()).mean is None


def test_baseline_counts_all_visitors_where_none_may_take_part(place, visitors, settings):
    settings.TRACKING_CONSENT = "opt_in"
    found = baseline_of(Experiment(placement=place), [], now())
    assert (found.visitors[12], found.may_take_part) == (40, False)


def test_baseline_of_segment_counts_its_members(place, visitors, make_segment):
    segment = make_segment("VIP", code="vip")
    for one in visitors[:5]:
        Membership.objects.create(segment=segment, customer=one, entered_at=now())
    found = baseline_of(Experiment(placement=place), ["vip"], now())
    assert (found.visitors[12], found.mean) == (5, None)


def test_smallest_difference_is_the_inverse_of_the_size():
    rise = smallest_rise(0.05, 8158)
    assert rise == pytest.approx(0.01, abs=1e-5)
    assert sample_size(0.05, 0.05 + rise) <= 8158 < sample_size(0.05, 0.05 + rise - 1e-5)
    assert smallest_rise(0.5, 3) is None
    assert smallest_rise(1, 100) is None
    assert smallest_difference(10, 1570) == pytest.approx(1, abs=1e-3)


def test_rate_of_few_visitors_has_wide_range():
    """One buyer among 30 visitors is no rate of 3.3 per cent: Wilson's interval says how unsure."""
    few = Baseline({}, False, True, 30, 1 / 30, 0.18)
    assert few.likely_range(is_rate=True) == pytest.approx((0.0059, 0.1667), abs=1e-4)


def test_draft_is_stored_and_leads_to_start(boss, place, visitors, make_segment):
    make_segment("VIP", code="vip")
    answer = boss.post(STEPS, sent(size="100", segment="vip"))
    row = Experiment.objects.get()
    assert answer.url == reverse("admin:personalization_experiment_start", args=[row.pk])
    assert (row.name, row.placement, row.planned_size) == ("hero: loud", place, 100)
    assert row.audience == {"operator": "is", "segments": ["vip"]}
    assert row.variants == [
        {"code": "control", "weight": 5000, "content": {}},
        {"code": "loud", "weight": 5000, "content": text("LOUD")},
    ]


def test_size_comes_from_the_weeks(boss, place, visitors):
    assert boss.post(STEPS, sent()).status_code == 302
    assert Experiment.objects.get().planned_size == 20


def test_recommendations_are_compared_with_todays(boss):
    values = sent(place=":recommendations", compared=["cosine"], size="50", name="Lists")
    assert boss.post(STEPS, values).status_code == 302
    row = Experiment.objects.get()
    assert (row.placement, row.variants[1]["algorithm"]) == (None, "cosine")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"place": ""}, "place"),
        ({"compared": ["gone"]}, "compared"),
        ({"segment": "gone"}, "segment"),
        ({"weeks": ""}, "weeks"),
        ({"size": "1.5"}, "size"),
        ({"size": "0"}, "size"),
    ],
)
def test_wrong_step_is_refused_at_its_field(boss, place, values, field):
    answer = boss.post(STEPS, sent(**values))
    assert (answer.status_code, Experiment.objects.count()) == (200, 0)
    assert field in answer.context["form"].errors


def test_page_computes_what_was_chosen(boss, place, visitors, make_segment):
    make_segment("VIP", code="vip")
    page = boss.get(STEPS, {"place": "hero", "segment": "vip\0"})
    assert page.context["form"].initial["compared"] == ["loud"]
    shown = page.content.decode()
    assert "25% of visitors buy within 14 days. That is rough: after 40 customers" in shown
    assert "20 customers for each variant" in shown
    assert boss.post(STEPS, sent(compute="")).status_code == 200
    assert not Experiment.objects.exists()


def test_page_without_a_choice_computes_nothing(boss, place, visitors):
    page = boss.get(STEPS)
    assert (page.context["form"].chosen, page.context["planned"].choices) == ("hero", ())


def test_place_and_segment_lead_to_the_steps(boss, place, make_segment):
    segment = make_segment("VIP", code="vip")
    form = boss.get(reverse("admin:personalization_placement_change", args=[place.pk]))
    assert f"{STEPS}?place=hero" in form.content.decode()
    used_by = boss.get(reverse("admin:segments_segment_used_by", args=[segment.pk]))
    assert f"{STEPS}?segment=vip" in used_by.content.decode()


def test_place_without_a_variant_leads_to_one(boss, make_placement):
    place = make_placement()
    page = boss.get(STEPS, {"place": "hero"}).content.decode()
    variants = reverse("admin:personalization_experiencevariant_add")
    assert f"{variants}?placement={place.pk}" in page


def test_place_and_variant_lead_back_to_the_steps(boss):
    place_form = re.search(r'href="([^"]+)">Make a place', boss.get(STEPS).content.decode())[1]
    sent = {"code": "hero", "page_type": "home", "is_active": "on", "content_type": ""}
    variant_form = boss.post(unescape(place_form), sent).url
    form = boss.get(variant_form).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in typed.items() if value not in ("", None)} | {
        "content_text": "New"
    }
    back = boss.post(variant_form, typed).url
    assert back == f"{STEPS}?place=hero"
    assert boss.get(back).context["form"].chosen_variants == ["variant"]
    # The only place is chosen before anybody chooses.
    assert boss.get(STEPS).context["form"].chosen == "hero"


@pytest.mark.parametrize(
    "address", ["https://evil.example/admin/", "//evil.example", "/api/v1/", "javascript:alert(1)"]
)
def test_saving_leads_to_no_other_site(boss, place, address):
    change = reverse("admin:personalization_placement_change", args=[place.pk])
    sent = {"code": "hero", "page_type": "home", "content_type": "", "opened_version": "1"}
    assert boss.post(f"{change}?{urlencode({'next': address})}", sent).url == change


def test_who_may_only_view_makes_none(client_with, place):
    client = client_with("personalization.view_experiment")
    User.objects.update(is_staff=True)
    assert client.get(STEPS).status_code == 403
