"""What the builder is told of conditions, and the values it is offered."""

import pytest

from conditions import registry
from conditions.language.operators import Takes
from conditions.language.types import TYPES
from conditions.parse import parse_tree
from customers.models import (
    Address,
    Category,
    CustomerAttribute,
    CustomerAttributeValue,
    Order,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_with):
    return client_with("conditions.preview", "segments.view_members")


@pytest.fixture
def told(client):
    return client.send("GET", "conditions/").json()


def test_every_attribute_relation_and_family_is_told(told):
    assert set(told["attributes"]) == {one.code for one in registry.attributes()}
    assert set(told["relations"]) == {one.name for one in registry.relations()}
    in_menu = [code for family in told["families"] for code in family["attributes"]]
    assert sorted(in_menu) == sorted(told["attributes"])
    for name, type_ in TYPES.items():
        assert [one["name"] for one in told["types"][name]["operators"]] == list(type_.operators)


EXAMPLES = {
    "text": "x", "number": "1", "money": "1", "integer": 1, "boolean": True,
    "date": "2026-01-01", "datetime": "2026-01-01", "choice": "some",
}  # fmt: skip


def test_the_usual_operator_is_one_of_the_types_own(told):
    for type_ in told["types"].values():
        assert type_["usual"] in [one["name"] for one in type_["operators"]]


def test_a_condition_made_from_what_is_told_is_accepted(told):
    """Each attribute with each operator that is told for it."""
    for code, attribute in told["attributes"].items():
        example = EXAMPLES.get(attribute["type"])
        if attribute["choices"]:
            options = attribute["choices"]["options"]
            if attribute["choices"]["closed"] and not options:
                continue  # A shop without categories or segments.
            example = options[0]["value"] if options else "some"
        for operator in told["types"][attribute["type"]]["operators"]:
            condition = {"attribute": code, "operator": operator["name"]}
            match Takes(operator["takes"]):
                case Takes.NOTHING:
                    pass
                case Takes.ONE:
                    condition["value"] = example
                case Takes.LIST:
                    condition["value"] = [example]
                case Takes.PAIR:
                    condition["value"] = [example, example]
                case Takes.PERIOD:
                    condition["value"] = told["periods"][0]["name"]
                case Takes.PART:
                    condition["value"] = {"salt": "spring", "to": 10}
                case _count:
                    condition["value"] = told["limits"][operator["takes"]]
            parse_tree({"match": "all", "conditions": [condition]})


def test_a_relation_group_made_from_what_is_told_is_accepted(told):
    """Each aggregate of each attribute that is told for it, and each nesting."""
    for name, relation in told["relations"].items():
        for aggregate in told["aggregates"]:
            needs_time = aggregate["needs_time"] or aggregate["needs_periods"]
            if needs_time and not relation["has_time"]:
                continue
            group = {"relation": name, "aggregate": aggregate["name"]}
            if aggregate["needs_periods"]:
                group["periods"] = {"unit": "week", "count": told["limits"]["periods"]}
            if aggregate["needs_of"]:
                fitting = [
                    code
                    for code in relation["of"]
                    if told["attributes"][code]["type"] in aggregate["of_types"]
                ]
                if not fitting:
                    continue  # A newsletter subscription has nothing to add up.
                of = fitting[0]
                group["of"] = of
                result = aggregate["of_types"][told["attributes"][of]["type"]]
            else:
                result = aggregate["result"]
            if aggregate["compares"]:
                choices = told["attributes"][group["of"]]["choices"] if aggregate["picks"] else None
                options = choices["options"] if choices else []
                if choices and choices["closed"] and not options:
                    continue  # A shop without segments.
                example = options[0]["value"] if options else EXAMPLES[result]
                group |= {"operator": "is", "value": example}
            parse_tree({"match": "all", "conditions": [group]})
        for inside in relation["relations"]:
            nested = {"relation": name, "conditions": [{"relation": inside}]}
            parse_tree({"match": "all", "conditions": [nested]})


def test_the_latest_is_told_of_rows_with_a_time_of_their_own(told):
    timeless = {name for name, one in told["relations"].items() if not one["has_time"]}
    assert timeless == {"addresses", "newsletter", "all_mails"}
    assert [one["name"] for one in told["aggregates"] if one["needs_time"]] == ["latest"]
    picking = [one["name"] for one in told["aggregates"] if one["picks"]]
    assert picking == ["min", "max", "median", "latest"]


def test_a_comparison_made_from_what_is_told_is_accepted(told):
    for code, attribute in told["attributes"].items():
        type_ = told["types"][attribute["type"]]
        against = next((one for one in type_["operators"] if one["attribute"]), None)
        if against is None or attribute["relation"] or not attribute["comparable"]:
            assert against or not type_["comparable_with"]
            continue
        value = {"attribute": code} | ({"times": "0.5"} if type_["times"] else {})
        condition = {"attribute": code, "operator": against["name"], "value": value}
        parse_tree({"match": "all", "conditions": [condition]})


def test_orders_are_written_as_orders_that_count(told):
    assert told["attributes"]["order.grand_total"]["written_as"] == "sales"
    assert told["attributes"]["cart.is_active"]["written_as"] == "all_carts"
    assert told["attributes"]["lifetime.sales"]["written_as"] is None


def test_what_has_not_changed_is_not_sent_again(client):
    first = client.send("GET", "conditions/")

    second = client.send("GET", "conditions/", **{"If-None-Match": first["ETag"]})
    CustomerAttribute.objects.create(code="shoe", label="Shoe size", type="number")
    third = client.send("GET", "conditions/", **{"If-None-Match": first["ETag"]})

    assert (second.status_code, second.content) == (304, b"")
    assert third.status_code == 200


def test_texts_that_begin_with_the_letters_come_before_those_that_contain_them(
    client, make_customer
):
    for first_name in ("Clara", "clémence", "Eclair", "Anna"):
        make_customer(first_name=first_name)

    found = client.send("GET", "conditions/values/?attribute=customer.first_name&q=CL").json()

    assert [one["value"] for one in found] == ["Clara", "clémence", "Eclair"]


def test_wild_cards_in_what_is_typed_are_ordinary_letters(client, make_customer):
    make_customer(first_name="Anna")
    make_customer(first_name="100%")

    found = client.send("GET", "conditions/values/?attribute=customer.first_name&q=0%25").json()

    assert [one["value"] for one in found] == ["100%"]


def test_at_most_twenty_values_are_offered_what_there_is_without_a_letter(client, make_customer):
    for number in range(30):
        make_customer(last_name=f"Mann{number}")

    values = "conditions/values/?attribute=customer.last_name&q="

    assert len(client.send("GET", f"{values}ma").json()) == 20
    assert len(client.send("GET", values).json()) == 20
    assert client.send("GET", f"{values}a").json() == []


def test_custom_texts_and_those_of_rows_are_offered(client_with, make_customer):
    client = client_with(
        "conditions.preview", "segments.view_members", "customers.view_personal_data"
    )
    customer = make_customer()
    hobby = CustomerAttribute.objects.create(code="hobby", label="Hobby", type="text")
    CustomerAttributeValue.objects.create(customer=customer, attribute=hobby, text="Chess")
    Order.objects.create(
        customer=customer,
        number="1",
        state="new",
        store=customer.store,
        created_at="2026-01-01T00:00:00Z",
        updated_at="2026-01-01T00:00:00Z",
        coupon_code="CHEERS",
        grand_total=1,
    )

    hobbies = client.send("GET", "conditions/values/?attribute=customer.attributes.hobby&q=ch")
    coupons = client.send("GET", "conditions/values/?attribute=order.coupon_code&q=ch")

    assert hobbies.json() == [{"value": "Chess", "label": "Chess"}]
    assert coupons.json() == [{"value": "CHEERS", "label": "CHEERS"}]


def test_choices_are_offered_with_their_labels(client):
    found = client.send("GET", "conditions/values/?attribute=order.state&q=compl").json()

    assert found == [{"value": "complete", "label": "complete"}]


def test_stored_texts_are_for_those_who_may_see_members(client_with, make_customer):
    make_customer(last_name="Manning")
    client = client_with("conditions.preview")

    assert client.send("GET", "conditions/values/?attribute=customer.last_name&q=ma").json() == []
    assert client.send("GET", "conditions/values/?attribute=order.state&q=").json()


def test_addresses_need_more_than_to_see_members(client, client_with, make_customer):
    Address.objects.create(customer=make_customer(), street="Hidden Lane", telephone="0049 89 1")
    allowed = client_with("conditions.preview", "customers.view_personal_data")

    for asked in ("address.street&q=hid", "address.telephone&q=00"):
        address = f"conditions/values/?attribute={asked}"
        assert client.send("GET", address).json() == []
        assert len(allowed.send("GET", address).json()) == 1


def test_an_attribute_that_does_not_exist_is_named(client):
    answer = client.send("GET", "conditions/values/?attribute=customer.shoe&q=x&page=2")

    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == ["page", "attribute"]


def test_every_attribute_can_be_asked_for_values(client, make_customer):
    make_customer(email="ann@shop.example")
    for attribute in registry.attributes():
        address = f"conditions/values/?attribute={attribute.code}&q=shop"
        assert client.send("GET", address).status_code == 200, attribute.code

    domains = client.send("GET", "conditions/values/?attribute=customer.email_domain&q=sh").json()
    assert domains == [{"value": "shop.example", "label": "shop.example"}]


def test_of_many_texts_those_are_told_that_are_values(client, make_customer):
    Category.objects.create(code="c-17", name="Running shoes, men")
    make_customer(last_name="Mann, von")

    def known(attribute, *texts):
        body = {"attribute": attribute, "texts": texts}
        return client.send("POST", "conditions/values/", body).json()

    shoes = {"value": "c-17", "label": "Running shoes, men"}
    assert known("order_item.category", "running shoes, MEN", "c-17", "shoes") == [
        {"text": "c-17", **shoes},
        {"text": "running shoes, MEN", **shoes},
    ]
    assert [one["value"] for one in known("order.state", "complete", "Closed", "gone")] == [
        "complete",
        "closed",
    ]
    assert [one["value"] for one in known("customer.last_name", "mann, VON", "Mann")] == [
        "mann, VON"
    ]


def test_stored_texts_are_told_to_nobody_who_may_not_see_members(client_with, make_customer):
    make_customer(last_name="Manning")
    client = client_with("conditions.preview")
    body = {"attribute": "customer.last_name", "texts": ["Manning"]}

    assert client.send("POST", "conditions/values/", body).json() == []


def test_what_could_not_be_looked_up_in_time_counts_as_known(client, make_customer, monkeypatch):
    make_customer(last_name="Manning")
    monkeypatch.setattr("segments.insight.suggestions.SECONDS", 0)
    body = {"attribute": "customer.last_name", "texts": ["Nobody"]}

    assert client.send("POST", "conditions/values/", body).json() == [
        {"text": "Nobody", "value": "Nobody", "label": "Nobody"}
    ]


def test_an_attribute_may_begin_with_an_operator_of_its_own(told):
    attributes = told["attributes"]

    assert attributes["customer.days_until_birthday"]["usual"] == "lte"
    for attribute in attributes.values():
        operators = [one["name"] for one in told["types"][attribute["type"]]["operators"]]
        assert attribute["usual"] in operators
