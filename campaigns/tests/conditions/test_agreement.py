"""Conditions on mail: query, evaluator, sentence and passing time agree."""

import random
from datetime import timedelta
from itertools import product

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import settings as generating
from hypothesis import strategies as st

from campaigns import models
from campaigns.conditions.eligibility import FORM, SHORT
from campaigns.conditions.families import MAIL
from campaigns.consent.addresses import is_valid
from campaigns.consent.suppression import suppress
from campaigns.models import (
    Campaign,
    Message,
    MessageKind,
    MessageReason,
    MessageState,
    Suppression,
    SuppressionReason,
)
from conditions.evaluator.facts import FactStore
from conditions.language.operators import Takes
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading.exact import exact
from conditions.sql.place import Context
from conditions.sql.scope import moment_at, scope_of
from conditions.tests.agreement.test_agreement import by_evaluator, by_query
from conditions.tests.agreement.test_every_condition import values_of
from conditions.tests.examples.awkward_values import NOW, STORED
from conditions.tests.examples.shops import awkward_shop
from conditions.upkeep.flips import flipped_customers
from customers.models import Customer, NewsletterSubscription, Store
from tests.cases import sample
from tests.tiers import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both]

KINDS = [MessageKind.CAMPAIGN, MessageKind.SEQUENCE, MessageKind.TEST]
CODES = {
    "mail.campaign": ["spring", "old", "none"],
    "mail.sequence": ["flow", "none", "0", "١"],
}
AWKWARD = ["a@bücher.example", '"a b"@shop.example', "nowhere", "a@[127.0.0.1]", "a@b", None]


UNCLICKED = [{"attribute": "mail.clicked_at", "operator": "is_empty"}]
TIMES_AND_ENDS = (
    ({}, {"at": "mail.opened_at"}, {"at": "mail.clicked_at"}),
    ("first", "last"),
    (None, 1, 2, {"rows": 2, "match": "all", "conditions": UNCLICKED}),
)


@pytest.fixture
def store(make_template, make_segment):
    """A small awkward shop whose customers got mails of every kind, some of them suppressed."""
    awkward_shop(7).store()
    drawn = random.Random(7)
    campaign = Campaign.objects.create(code="spring", name="Spring", template=make_template())
    sequence = models.Sequence.objects.create(segment=make_segment(), trigger="enter")
    people = list(Customer.objects.order_by("pk"))
    stores = list(Store.objects.all())

    def date():
        return drawn.choice([None, *STORED])

    for number, customer in enumerate(people):
        for each in range(drawn.randrange(5)):
            kind = drawn.choice(KINDS)
            source = {
                MessageKind.CAMPAIGN: {"campaign": campaign} if each == 0 else {},
                MessageKind.SEQUENCE: {"sequence": drawn.choice([sequence, None]), "step": each},
                MessageKind.TEST: {},
            }[kind]
            other = (
                {}
                if source.get("campaign") or source.get("sequence")
                else {
                    "external_id": f"{number} {each}",
                    "external_campaign": "old" if kind == MessageKind.CAMPAIGN else "",
                    "external_sequence": "flow" if kind == MessageKind.SEQUENCE else "",
                }
            )
            Message.objects.create(
                kind=kind,
                customer=customer,
                store=drawn.choice(stores),
                state=drawn.choice([MessageState.SENT] * 4 + list(MessageState)),
                reason=drawn.choice(["", *MessageReason.values]),
                variant=drawn.choice(["", "B", "straße", "É"]),
                due_at=NOW,
                opens=drawn.randrange(3),
                clicks=drawn.randrange(3),
                **{
                    f"{name}_at": date()
                    for name in (
                        *("sent", "delivered", "bounced", "complained", "unsubscribed"),
                        *("opened", "clicked"),
                    )
                },
                **source,
                **other,
            )
        if number % 7 == 0:
            customer.email = AWKWARD[number // 7 % len(AWKWARD)]
            customer.save()
        if drawn.random() < 0.7:
            NewsletterSubscription.objects.update_or_create(
                customer=customer,
                store=drawn.choice(stores),
                defaults={
                    "status": drawn.choice(["subscribed"] * 3 + ["unsubscribed"]),
                    "status_changed_at": drawn.choice(STORED),
                },
            )
        if customer.mailbox and number % 5 == 0:
            suppress(
                customer.email, drawn.choice(SuppressionReason.choices)[0], drawn.choice(STORED)
            )
    rows = Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    return FactStore(list(rows))


def nodes():
    """Yield a node for each of our attributes, operators, and some values."""
    for attribute in MAIL.attributes:
        for operator in attribute.type.operators.values():
            if operator.takes is Takes.NOTHING:
                yield {"attribute": attribute.code, "operator": operator.name}
                continue
            values = values_of(attribute, operator)
            if codes := CODES.get(attribute.code):
                values = [codes[:1], codes] if operator.takes is Takes.LIST else codes
            for value in values:
                yield {"attribute": attribute.code, "operator": operator.name, "value": value}


def test_query_and_evaluator_agree_on_each(store):
    everybody = by_query({"match": "all", "conditions": []}, NOW)
    wrong, telling = [], set()
    for node in nodes():
        tree = parse_tree({"match": "all", "conditions": [node]})
        found = by_query(tree, NOW)
        if found != by_evaluator(tree, store, NOW):
            wrong.append(node)
        if 0 < len(found) < len(everybody):
            telling.add(node["attribute"])
    assert not wrong
    assert telling == {attribute.code for attribute in MAIL.attributes}


@pytest.mark.once
@pytest.mark.parametrize(("first", "language"), sample([(0, "en"), (1, "de"), (2, "fr")]))
def test_the_sentence_of_each_reads_back(store, first, language, is_exhaustive):
    """Each language reads one value of an operator of an attribute."""
    some = [*nodes()][first :: 3 if is_exhaustive else 15]
    some = {(node["attribute"], node["operator"]): node for node in some}.values()
    with override(language):
        for node in some:
            tree = parse_tree({"match": "all", "conditions": [node]})
            said = tree.sentence(exact=True)
            assert exact(said) == normal(tree.json), said


def test_aggregates_of_mails_agree(store):
    for aggregate, of, operator, value in (
        ("count", None, "gte", 2),
        ("count_distinct", "campaign", "is", 1),
        ("count_distinct", "sequence", "gte", 1),
        ("latest", "campaign", "is", "old"),
        ("latest", "opened_at", "in_last_days", 400),
        ("max", "clicked_at", "is_empty", None),
        ("sum", "opens", "gte", 2),
        ("avg", "clicks", "lt", "1"),
    ):
        node = {"relation": "mails", "aggregate": aggregate, "operator": operator}
        node |= {"of": f"mail.{of}"} if of else {}
        node |= {} if value is None else {"value": value}
        tree = {"match": "all", "conditions": [node]}
        assert by_query(tree, NOW) == by_evaluator(tree, store, NOW), node


def test_the_first_and_last_mails_agree(store):
    """By times that some mails lack, and that several share; such mails are neither."""
    clicked = {"attribute": "mail.clicks", "operator": "gte", "value": 1}
    few = {"unit": "quarter", "count": 3}
    asked = [
        {"relation": "mails", "aggregate": "every", "conditions": [clicked]},
        {"relation": "mails", "aggregate": "not_exists"},
        {"relation": "all_mails", "aggregate": "count", "operator": "is", "value": 2},
        {"relation": "mails", "aggregate": "max", "of": "mail.opened_at", "operator": "is_empty"},
        {"relation": "mails", "aggregate": "stopped", "periods": {"unit": "day", "count": 1}},
        {"relation": "mails", "aggregate": "active_periods", "periods": few}
        | {"operator": "gte", "value": 1},
    ]
    telling = 0
    for node, at, end, rows in product(asked, *TIMES_AND_ENDS):
        has_time = at or node["relation"] == "mails"
        if not has_time or not (rows or "periods" in node):
            continue
        tree = {"match": "all", "conditions": [{**node, **at, **({end: rows} if rows else {})}]}
        found = by_query(tree, NOW)
        assert found == by_evaluator(tree, store, NOW), tree
        telling += bool(found) and len(found) < len(store.customers)
    assert telling > 20


@pytest.mark.parametrize(
    ("operator", "value", "earlier"),
    [
        ("in_last_hours", 2, 1),
        # In between the answer was another one, by which somebody may have been judged.
        ("in_last_hours", 2, -1),
        ("anniversary_in_next_days", 0, -48),
    ],
)
def test_a_suppression_that_leaves_its_window_is_found_by_passing_time(
    store, operator, value, earlier
):
    at = Suppression.objects.order_by("at").last().at
    condition = {"attribute": "mailing.suppressed_at", "operator": operator, "value": value}
    tree = parse_tree({"match": "all", "conditions": [condition]})
    scope = scope_of(None, None, "both")
    moments = [Context(moment_at(at + timedelta(hours=one), scope)) for one in (earlier, 60)]
    flipped = {pk for rows in flipped_customers(tree, *moments) for (pk,) in rows}
    members = set(
        matching_customers(tree, as_of=at, applies_to="both").values_list("pk", flat=True)
    )
    assert members
    assert members <= flipped


@pytest.mark.once
@generating(max_examples=examples(150))
@given(address=st.from_regex(FORM, fullmatch=True))
def test_addresses_of_the_plain_form_are_valid(address):
    assert is_valid(address) or len(address) > SHORT


@pytest.mark.once
@pytest.mark.parametrize(
    ("node", "paths"),
    [
        ({"attribute": "mail.clicked_at", "operator": "is_empty"}, ["conditions[0].operator"]),
        ({"attribute": "mail.opens", "operator": "lt", "value": 2}, ["conditions[0].operator"]),
        ({"attribute": "mail.opens", "operator": "gte", "value": 1}, []),
        ({"attribute": "mail.delivered_at", "operator": "is_empty"}, []),
        (
            {
                "relation": "mails",
                "aggregate": "not_exists",
                "match": "all",
                "conditions": [{"attribute": "mail.clicked_at", "operator": "is_not_empty"}],
            },
            ["conditions[0].conditions[0].operator"],
        ),
        (
            {
                "relation": "mails",
                "aggregate": "sum",
                "of": "mail.clicks",
                "operator": "is",
                "value": 0,
            },
            ["conditions[0].operator"],
        ),
        (
            {
                "match": "none",
                "conditions": [{"attribute": "mail.opened_at", "operator": "is_not_empty"}],
            },
            ["conditions[0].conditions[0].operator"],
        ),
    ],
)
def test_asking_for_no_open_or_click_is_warned_of(node, paths):
    granted = {"attribute": "personalization.tracking", "operator": "is", "value": "granted"}
    for beside, expected in (([], paths), ([granted], [])):
        tree = parse_tree({"match": "all", "conditions": [node, *beside]})
        warned = [one.path for one in tree.warnings if one.code == "not_tracked"]
        assert warned == expected
        assert all(
            "personalization.tracking is granted" in one.message
            for one in tree.warnings
            if one.code == "not_tracked"
        )
