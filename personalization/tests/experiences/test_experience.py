"""What a page shows to whom, why, and what is stored of it."""

from datetime import timedelta

import pytest

from customers.models import Consent, Website
from personalization.models import Exposure, ExposureCount
from personalization.signals import experience_served
from personalization.tests.experiences.conftest import ask
from tests.factories.experiences import text

pytestmark = pytest.mark.django_db
VIP = {"operator": "is", "segments": ["vip"]}
ADAS = {
    "match": "all",
    "conditions": [
        {"attribute": "customer.first_name", "operator": "is", "value": "Ada"},
    ],
}


@pytest.fixture
def vip(make_segment):
    return make_segment("VIP", code="vip")


def one(answer, name="hero"):
    (found,) = [element for element in answer["elements"] if element["name"] == name]
    return found


def test_a_member_is_shown_the_variant_of_the_segment(
    page, vip, join, make_customer, make_placement, make_variant
):
    join(vip, make_customer("C1"))
    make_variant(make_placement(), "vip-hero", audience=VIP)
    answer = ask(page, customer_id="C1")
    assert len(answer["id"]) == 26
    assert isinstance(answer["elapsed_ms"], int)
    assert (answer["served"], answer["holdout"]) == ("personalized", False)
    assert one(answer) == {
        "name": "hero",
        "variant": "vip-hero",
        "content": text("vip-hero"),
        "experiment": None,
        "confidence_score": 0.5,
        "expected_lift": None,
        "why": {
            "code": "audience",
            "segments": ["vip"],
            "sentence": "Is a member of VIP.",
        },
    }


def test_with_and_without_slash(page, make_placement):
    make_placement()
    for path in ("personalization/experience", "personalization/experience/"):
        assert page.send("POST", path, {"page_type": "home"}).status_code == 200


def test_who_is_no_member_or_unknown_gets_the_default(
    page, vip, make_customer, make_placement, make_variant
):
    make_customer("C1")
    make_variant(make_placement(), "vip-hero", audience=VIP)
    for number in ("C1", "nobody", None):
        answer = ask(page, customer_id=number)
        assert answer["served"] == "default"
        assert (one(answer)["variant"], one(answer)["why"]["code"]) == (None, "default")
        assert one(answer)["content"] == text("Hello")


@pytest.mark.parametrize(
    ("operator", "member", "stranger"),
    [
        ("is", True, False),
        ("is_not", False, True),
        ("is_one_of", True, False),
        ("is_not_one_of", False, True),
    ],
)
def test_the_four_operators_and_nobody_known(
    page, vip, join, make_customer, make_placement, make_variant, operator, member, stranger
):
    join(vip, make_customer("C1"))
    make_customer("C2")
    audience = {"operator": operator, "segments": ["vip"]}
    make_variant(make_placement(), "a", audience=audience)
    for number, is_shown in (("C1", member), ("C2", stranger), (None, False)):
        assert (one(ask(page, customer_id=number))["variant"] == "a") is is_shown


def test_a_segment_that_is_inactive_or_gone_has_no_members(
    page, vip, join, make_customer, make_placement, make_variant
):
    join(vip, make_customer("C1"))
    place = make_placement()
    make_variant(place, "in", audience=VIP)
    make_variant(place, "out", audience=VIP | {"operator": "is_not"}, priority=1)
    assert one(ask(page, customer_id="C1"))["variant"] == "in"
    vip.is_active = False
    vip.save()
    assert one(ask(page, customer_id="C1"))["variant"] == "out"
    vip.delete()
    assert one(ask(page, customer_id="C1"))["variant"] == "out"


def test_the_lowest_priority_wins_then_the_first_code(page, make_placement, make_variant):
    place = make_placement()
    make_variant(place, "b", priority=2)
    assert one(ask(page))["variant"] == "b"
    make_variant(place, "c", priority=1)
    assert one(ask(page))["variant"] == "c"
    make_variant(place, "a", priority=1)
    found = one(ask(page))
    assert (found["variant"], found["why"]["code"]) == ("a", "everybody")


def test_its_time_begins_with_its_first_instant_and_ends_before_its_last(
    page, clock, make_placement, make_variant
):
    hour = timedelta(hours=1)
    make_variant(make_placement(), "a", starts_at=clock.at + hour, ends_at=clock.at + 2 * hour)
    seen = []
    for _step in range(3):
        seen.append(one(ask(page))["variant"])
        clock.advance(hours=1)
    assert seen == [None, "a", None]


def test_a_tree_is_judged_now(page, make_customer, make_placement, make_variant):
    make_customer("C1", first_name="Ada")
    make_customer("C2", first_name="Bob")
    make_variant(make_placement(), "ada", audience=ADAS)
    found = one(ask(page, customer_id="C1"))
    assert (found["variant"], found["why"]["code"]) == ("ada", "audience")
    assert found["why"]["sentence"]
    assert one(ask(page, customer_id="C2"))["variant"] is None
    assert one(ask(page))["variant"] is None


def test_live_asks_the_definition_and_not_what_is_stored(
    page, make_segment, make_customer, make_placement, make_variant
):
    make_customer("C1", first_name="Ada")
    make_segment("Ada", ADAS["conditions"], code="ada")
    place = make_placement()
    audience = {"operator": "is", "segments": ["ada"]}
    make_variant(place, "stored", audience=audience)
    assert one(ask(page, customer_id="C1"))["variant"] is None
    make_variant(place, "live", audience=audience, live=True)
    assert one(ask(page, customer_id="C1"))["variant"] == "live"


def test_a_variant_may_be_limited_to_values_of_the_context(page, make_placement, make_variant):
    make_variant(make_placement(), "small", context={"device": ["mobile", "tablet"]})
    assert one(ask(page, context={"device": "mobile"}))["variant"] == "small"
    assert one(ask(page, context={"device": "desktop"}))["variant"] is None
    assert one(ask(page))["variant"] is None


def test_elements_of_the_page_and_of_the_website(page, make_customer, make_placement):
    Website.objects.create(code="other", name="Other")
    make_placement("a")
    make_placement("b", website="other")
    make_placement("c", website="default")
    make_placement("d", page_type="cart")
    make_placement("e", is_active=False)

    def names(**body):
        return [element["name"] for element in ask(page, **body)["elements"]]

    assert names() == ["a", "c"]
    assert names(website="other") == ["a", "b"]
    make_customer("C1", website=Website.objects.get(code="other"))
    assert names(customer_id="C1") == ["a", "b"]
    assert names(elements_to_personalize=["d", "a", "d"]) == ["d", "a"]
    assert names(page_type="nowhere") == []
    assert ask(page, page_type="nowhere")["served"] == "default"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "page_type"),
        ({"page_type": True}, "page_type"),
        ({"page_type": "home", "who": 1}, "who"),
        ({"page_type": "home", "elements_to_personalize": ["x"]}, "elements_to_personalize[0]"),
        ({"page_type": "home", "website": "mars"}, "website"),
        ({"page_type": "home", "context": {"shoe": "42"}}, "context.shoe"),
        ({"page_type": "home", "deadline_ms": True}, "deadline_ms"),
        ({"page_type": "home", "deadline_ms": 0}, "deadline_ms"),
        ({"page_type": "home", "customer_id": "a\0"}, "customer_id"),
        ({"page_type": "home", "customer_id": 7}, "customer_id"),
    ],
)
def test_what_is_not_right_is_refused_with_its_place(page, make_placement, body, path):
    make_placement()
    answer = page.send("POST", "personalization/experience", body)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == [path]
    assert not ExposureCount.objects.exists()


def test_it_needs_its_permission(client_with):
    client = client_with("personalization.view_placement")
    answer = client.send("POST", "personalization/experience", {"page_type": "home"})
    assert answer.status_code == 403


# Consent and hold-out ------------------------------------------------------------------------


def test_who_refuses_personalization_gets_the_default(
    page, say, vip, join, make_customer, make_placement, make_variant
):
    customer = make_customer("C1")
    join(vip, customer)
    place = make_placement()
    make_variant(place, "vip", audience=VIP)
    make_variant(place, "all", priority=1)
    say(customer, "personalization", "refused")
    answer = ask(page, customer_id="C1")
    assert (answer["served"], one(answer)["why"]["code"]) == ("default", "no_consent")
    assert one(answer)["variant"] is None


def test_the_hold_out_gets_defaults_and_what_it_missed_is_stored(
    page, settings, say, make_customer, make_placement, make_variant
):
    settings.HOLDOUT_BASIS_POINTS = 8742  # C17 has the bucket 8741.
    customer = make_customer("C17")
    say(customer, "tracking", "granted")
    make_variant(make_placement(), "a")
    answer = ask(page, customer_id="C17")
    assert (answer["holdout"], answer["served"]) == (True, "default")
    assert one(answer)["why"]["code"] == "holdout"
    row = Exposure.objects.get()
    assert (row.holdout, row.variant, row.withheld) == (True, "", "a")
    settings.HOLDOUT_BASIS_POINTS = 8741
    assert one(ask(page, customer_id="C17"))["variant"] == "a"


def test_each_element_of_an_answer_is_stored_once_for_who_is_tracked(
    page, say, make_customer, make_placement, make_variant
):
    customer = make_customer("C1")
    say(customer, "tracking", "granted")
    make_variant(make_placement(), "a")
    make_placement("b")
    answer = ask(page, customer_id="C1", personalization_goals=["conversion"])
    rows = Exposure.objects.order_by("element").values_list(
        "served_id", "element", "variant", "customer", "goals"
    )
    assert list(rows) == [
        (answer["id"], "b", "", customer.pk, ["conversion"]),
        (answer["id"], "hero", "a", customer.pk, ["conversion"]),
    ]
    assert not ExposureCount.objects.exists()


def test_who_is_not_tracked_is_only_counted(
    page, say, make_customer, make_placement, make_variant, clock
):
    make_customer("C1")
    make_variant(make_placement(), "a")
    ask(page, customer_id="C1")
    ask(page)
    say(customer := make_customer("C2"), "tracking", "granted")
    body = {"page_type": "home", "customer_id": customer.external_id}
    page.send("POST", "personalization/experience", body, **{"Sec-GPC": "1"})
    assert not Exposure.objects.exists()
    rows = ExposureCount.objects.values_list("element", "variant", "day", "shown", "deadlines")
    day = clock.at.date()
    assert sorted(rows) == [("hero", "", day, 1, 0), ("hero", "a", day, 2, 0)]
    # Their browser has refused for them what they had said nothing of.
    states = Consent.objects.filter(customer=customer).values_list("purpose", "state", "source")
    assert ("personalization", "refused", "gpc") in states
    assert not states.filter(purpose="tracking", state="refused").exists()


def test_it_is_announced_after_commit(
    page, make_customer, make_placement, django_capture_on_commit_callbacks
):
    customer, heard = make_customer("C1"), []

    def hear(sender, **told):
        heard.append(told)

    make_placement()
    experience_served.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            answer = ask(page, customer_id="C1")
    finally:
        experience_served.disconnect(hear)
    (told,) = heard
    assert (told["id"], told["customer_id"]) == (answer["id"], customer.pk)
    assert (told["served"], told["elements"]) == ("default", [("hero", None)])


# Previews --------------------------------------------------------------------------------------


def test_a_preview_names_each_loser_and_stores_nothing(
    page, clock, vip, join, make_customer, make_placement, make_variant
):
    join(vip, make_customer("C1"))
    place, hour = make_placement(), timedelta(hours=1)
    make_variant(place, "vip", audience=VIP)
    make_variant(place, "all", priority=1)
    make_variant(place, "later", priority=2, starts_at=clock.at + hour)
    make_variant(place, "off", priority=3, is_active=False)
    found = one(ask(page, preview={"as": "C1"}))
    assert found["variant"] == "vip"
    losers = [(loser["variant"], loser["why"]["code"]) for loser in found["losers"]]
    assert losers == [("all", "outranked"), ("later", "not_started"), ("off", "inactive")]
    found = one(ask(page, preview={"at": (clock.at + hour).isoformat()}))
    assert found["variant"] == "all"
    losers = [(loser["variant"], loser["why"]["code"]) for loser in found["losers"]]
    assert losers == [("vip", "not_in_audience"), ("later", "outranked"), ("off", "inactive")]
    assert not Exposure.objects.exists()
    assert not ExposureCount.objects.exists()


def test_a_preview_needs_the_right_to_change_placements(client_with, make_placement):
    make_placement()
    client = client_with("personalization.serve_experience")
    body = {"page_type": "home", "preview": {}}
    assert client.send("POST", "personalization/experience", body).status_code == 403


@pytest.mark.parametrize("path", ["experience", "offers/evaluate/", "recommendations"])
def test_a_shop_that_cannot_pass_the_header_on_says_it_in_the_body(
    client_with, make_customer, path
):
    customer = make_customer("C1")
    shop = client_with("personalization.serve_experience", "personalization.view_recommendations")
    body = {"customer_id": "C1"} | ({"page_type": "home"} if path == "experience" else {})
    assert shop.send("POST", f"personalization/{path}", body | {"gpc": False}).status_code == 200
    assert not Consent.objects.exists()
    assert shop.send("POST", f"personalization/{path}", body | {"gpc": True}).status_code == 200
    said = Consent.objects.filter(customer=customer).values_list("purpose", "state", "source")
    assert sorted(said) == [
        ("personalization", "refused", "gpc"),
        ("tracking", "refused", "gpc"),
    ]
