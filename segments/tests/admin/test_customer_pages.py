"""A customer's pages: segments and why, activity."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from conditions.matching import matching_customers
from conditions.registry import find_attribute
from core.clock import now
from customers.models import AuditEntry, Order, Product, ProductView, Store
from segments.editing.overrides import set_override
from segments.insight.explanations.finding_texts import found_words
from segments.refresh import refresh_segment
from segments.tests.admin.pages import of, of_customer, text_of

pytestmark = pytest.mark.django_db


WHY = ("view_segment", "view_members", "view_customer")


def test_a_customer_is_shown_with_the_reasons_for_each_segment(boss, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann")
    name = {"attribute": "customer.first_name", "operator": "is", "value": "Ann"}
    other = {"attribute": "customer.last_name", "operator": "is", "value": "Lee"}
    refresh_segment(make_segment("In", [name]))
    make_segment("Nearly", [name, other])

    response = boss.get(of_customer(ann, "segments"))

    (current,), (near,) = response.context["current"], response.context["near"]
    assert [(line.holds, line.found) for line in current.lines] == [(True, ""), (True, "Ann")]
    assert [line.words for line in near.deciding] == ["whose last name is “Lee”"]
    assert "found: nothing" in text_of(response)


def test_the_overview_says_what_was_bought_what_happened_and_why(boss, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann", last_name="Lee")
    _order(ann, "ORDER-1", "complete")
    _order(ann, "ORDER-2", "canceled")
    name = {"attribute": "customer.first_name", "operator": "is", "value": "Ann"}
    refresh_segment(make_segment("Anns", [name]))

    page = boss.get(of_customer(ann, "overview"))

    said = text_of(page)
    assert "In 1 segment" in said
    assert "whose first name is “Ann” found: Ann" in said
    assert "Entered “Anns”" in said
    assert "ORDER-2 · canceled, does not count" in said
    assert "ORDER" not in text_of(boss.get(of_customer(ann, "overview"), {"show": "segments"}))
    # The list and the search lead here, and the form is a tab.
    overview = of_customer(ann, "overview")
    assert (
        f'href="{overview}'
        in boss.get(reverse("admin:customers_customer_changelist")).content.decode()
    )
    assert f'href="{overview}"' in boss.get(reverse("admin:search"), {"q": "lee"}).content.decode()
    assert of_customer(ann, "change") in page.content.decode()


def test_overview_counts_a_product_viewed_twice_once(boss, make_customer):
    ann, at = make_customer("A"), now()
    shoe, hat = (Product.objects.create(sku=name, name=name, price=1) for name in ("Shoe", "Hat"))
    for product, occurrence in ((shoe, 1), (hat, 1), (shoe, 2)):
        ProductView.objects.create(
            customer=ann, product=product, viewed_at=at, occurrence=occurrence
        )

    page = boss.get(of_customer(ann, "overview"))

    assert "Viewed 2 products" in text_of(page)
    assert of_customer(ann, "activity") in page.content.decode().split('id="events"')[1]


def test_the_overview_keeps_what_its_reader_may_not_see(merchant, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann", email="ann@shop.example")
    _order(ann, "ORDER-1", "complete")
    name = {"attribute": "customer.first_name", "operator": "is", "value": "Ann"}
    refresh_segment(make_segment("Secret", [name]))

    html = merchant("view_customer").get(of_customer(ann, "overview")).content.decode()

    for kept in ("ORDER-1", "Secret", "ann@shop.example", "Ann", "Not asked yet", "Spent"):
        assert kept not in html
    assert "No. A" in html


@pytest.mark.parametrize("is_active", [True, False])
def test_of_an_inactive_customer_that_is_said_first(boss, make_customer, is_active):
    page = boss.get(of_customer(make_customer("A", is_active=is_active), "segments"))
    assert ("This customer is inactive, and so in no segment." in text_of(page)) != is_active


def test_segments_far_away_are_explained_one_at_a_time(boss, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann")
    far = [
        {"attribute": "customer.first_name", "operator": "is", "value": "Bob"},
        {"attribute": "customer.last_name", "operator": "is", "value": "Lee"},
    ]
    for name in ("Far", "Further"):
        make_segment(name, far)

    response = boss.get(of_customer(ann, "segments"))
    asked = boss.get(of_customer(ann, "segments"), {"why": "further"})

    assert [shown.lines for shown in response.context["away"]] == [[], []]
    assert 'href="?why=further#segment-further"' in response.content.decode()
    named, explained = asked.context["away"]
    assert named.lines == []
    assert [line.found for line in explained.lines] == ["", "Ann", "nothing"]
    assert 'href="?why=further' not in asked.content.decode()


def test_what_was_found_of_a_customer_is_personal_data(merchant, make_customer, make_segment):
    ann = make_customer("A", first_name="Ann", email="ann@shop.example")
    domain = {"attribute": "customer.email", "operator": "contains", "value": "shop"}
    refresh_segment(make_segment("In", [domain]))

    without = merchant(*WHY).get(of_customer(ann, "segments")).content.decode()
    with_it = merchant(*WHY, "view_personal_data").get(of_customer(ann, "segments"))

    assert "In" in without
    assert "ann@shop.example" not in without
    assert "Ann" not in without
    assert "ann@shop.example" in with_it.content.decode()


@pytest.mark.parametrize("left_out", WHY)
def test_segments_and_why_needs_each_of_its_permissions(merchant, make_customer, left_out):
    ann = make_customer("A")
    client = merchant(*(set(WHY) - {left_out}))

    assert client.get(of_customer(ann, "segments")).status_code == 403
    profile = client.get(of_customer(ann, "change"))
    assert of_customer(ann, "segments") not in profile.content.decode()


def test_activity_shows_those_kinds_of_rows_that_the_user_may_see(merchant, make_customer):
    ann = make_customer("A")
    _order(ann, "ORDER-1", "complete")

    may = text_of(merchant("view_customer", "view_order").get(of_customer(ann, "activity")))
    may_not = text_of(merchant("view_customer", "view_cart").get(of_customer(ann, "activity")))

    assert "ORDER-1" in may
    assert "Lifetime sales €12.50" in may
    assert may.count("€12.50") == may.count("12.50") > 1
    assert "ORDER-1" not in may_not
    assert "12.50" not in may_not


def test_activity_says_which_orders_its_figures_leave_out(boss, make_customer):
    ann = make_customer("A")
    _order(ann, "1", "complete")
    assert "Not counted" not in text_of(boss.get(of_customer(ann, "activity")))
    for number, state in (("2", "closed"), ("3", "canceled"), ("4", "closed")):
        _order(ann, number, state)
    shown = text_of(boss.get(of_customer(ann, "activity")))
    assert "Number of orders 1" in shown
    assert "number of orders and average: 1 canceled, 2 closed." in shown


def _order(customer, number, state):
    Order.objects.create(
        number=number,
        customer=customer,
        store=Store.objects.get(code="default"),
        state=state,
        grand_total="12.50",
        created_at=now(),
        updated_at=now(),
    )


def test_no_page_of_a_customer_that_is_not_there(boss):
    for name in ("segments", "activity"):
        address = reverse(f"admin:customers_customer_{name}", args=[987654])
        assert boss.get(address).status_code == 404


def test_looks_at_personal_data_are_noted(boss, make_customer, make_segment):
    ann = make_customer("A")
    segment = make_segment()
    refresh_segment(segment)
    set_override(segment, ann, "include", author=None)
    AuditEntry.objects.all().delete()

    for name in ("members", "overrides", "history"):
        boss.get(of(segment, name))
    boss.get(of_customer(ann, "segments"))

    noted = AuditEntry.objects.filter(action="viewed").order_by("pk")
    assert [(entry.name, entry.after["page"]) for entry in noted] == [
        ("everybody", "members"),
        ("everybody", "overrides"),
        ("everybody", "history"),
        ("A", "segments"),
    ]
    assert all(entry.after["customers"] == ["A"] for entry in noted[:3])
    assert {entry.username for entry in noted} == {"boss"}


@pytest.mark.parametrize(
    ("actual", "said"), [("812.3456", "€812.35"), ("812.3000", "€812.30"), ("812", "€812")]
)
def test_a_computed_amount_is_said_to_the_cent(actual, said):
    assert found_words(actual, find_attribute("lifetime.sales")) == said


def test_filters_of_the_list_become_a_segment_or_say_why_not(boss, merchant, make_customer):
    group = make_customer().group
    page = reverse("admin:customers_customer_changelist")
    chosen = f"{page}?kind__exact=registered&group__id__exact={group.pk}"
    answer = boss.get(f"{chosen}&is_active__exact=1")
    assert "Make a segment of this filter" in answer.content.decode()
    (step,) = answer.context["cl"].steps
    html = boss.get(step.url).content.decode()
    assert "customer.kind" in html and "customer.group" in html and group.code in html
    assert not boss.get(f"{chosen}&_popup=1").content.count(b"Make a segment of this filter")
    # The list shows customers with any of the values of a filter.
    (step,) = boss.get(f"{chosen}&kind__exact=guest").context["cl"].steps
    (tree,) = parse_qs(urlsplit(step.url).query)["conditions"]
    kinds = {"attribute": "customer.kind", "operator": "is_one_of"}
    assert kinds | {"value": ["registered", "guest"]} in json.loads(tree)["conditions"]
    assert matching_customers(json.loads(tree)).count() == 1
    for query in ("q=a", "is_active__exact=0", "segments=2"):
        text = boss.get(f"{chosen}&{query}").content.decode()
        assert "It has no condition for a search" in text
        assert "Make a segment of this filter" not in text
    for query in ("", "is_active__exact=1", "kind__exact=x", "group__id__exact=999999"):
        assert not boss.get(f"{page}?{query}").context["cl"].steps
    refused = merchant("customers.view_customer")
    assert "Make a segment of this" not in refused.get(chosen).content.decode()
