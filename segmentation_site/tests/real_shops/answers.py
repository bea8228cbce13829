"""Questions about a real shop, whose answers are known, asked in every way that there is."""

import csv
import hashlib
import io

import pytest
from django.db import connection

from conditions.engines.engine import engine
from conditions.evaluator.facts import Facts, FactStore
from conditions.explain import explain
from conditions.language.windows import LocalClock
from conditions.parse import parse_tree
from conditions.tests.engines.asking import asked_of
from conditions.tests.engines.needed import engines_there
from customers.models import Customer
from segments.editing.saving import create_segment
from segments.export.members import export_members
from segments.insight.previews.preview import preview
from segments.models import Membership, RunState
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from tests.cases import half
from tests.factories.shops import DATA

PEOPLE_AT_ONCE = 500
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there")


def sha256(numbers):
    return hashlib.sha256("\n".join(sorted(numbers)).encode()).hexdigest()


def answers(question, as_of, *, is_stored):
    """Yield (way, numbers of customers) for each way that leads to members.

    Without `is_stored` the members are previewed alone.
    """
    tree = question["tree"]
    shown = preview(tree, as_of=as_of, limit=10_000)
    assert shown.count == len(shown.customers)
    yield "preview", [customer.external_id for customer in shown.customers]
    if not is_stored:
        return
    segment = create_segment(Definition(question["key"], conditions=tree), author=None).segment
    run = refresh_segment(segment, as_of=as_of)
    assert run.state == RunState.COMPLETED, run.error
    members = Membership.objects.filter(segment=segment)
    yield "refresh", list(members.values_list("customer__external_id", flat=True))
    exported = b"".join(export_members(segment, "csv", user=None)).decode()
    yield "export", [row["id"] for row in csv.DictReader(io.StringIO(exported, newline=""))]


def check(questions, as_of):
    """Preview all; both databases together also store and export the members of each.

    Returns the numbers of the members by the key of their question.
    """
    stored = [question["key"] for question in half(questions)]
    wrong, members = [], {}
    for question in questions:
        key = question["key"]
        for way, numbers in answers(question, as_of, is_stored=key in stored):
            members[key] = set(numbers)
            if len(numbers) != question["count"] or sha256(numbers) != question["sha256"]:
                wrong.append((key, way, len(numbers), question["count"]))
    assert not wrong
    return members


def check_on_engines(questions, as_of, directory):
    """Hold what each engine that is there finds over a snapshot of the shop against the answers.

    There is none but for shops on PostgreSQL.
    """
    if connection.vendor != "postgresql":
        return
    numbers = dict(Customer.objects.values_list("pk", "external_id"))
    for name in engines_there():
        wrong = []
        # A statement of Spark takes a second.
        some = questions[::6] if name == "spark" else questions
        with asked_of(engine(name), directory) as asked:
            for question in some:
                found = asked.ids(question["tree"], as_of)
                if found is None or sha256(numbers[pk] for pk in found) != question["sha256"]:
                    wrong.append((question["key"], found and len(found)))
        assert not wrong, name


def check_by_evaluator(questions, members, as_of):
    """Hold what Python says of every fourth customer against `members`, which `check` returned.

    Of each question some members are among them. Python reads the same rows on either database.
    """
    if connection.vendor != "sqlite":
        return
    some = {number for numbers in members.values() for number in sorted(numbers)[:10]}
    everybody = Customer.objects.select_related("website", "store", "group", "wishlist")
    asked = [
        person
        for place, person in enumerate(everybody.order_by("pk"))
        if place % 4 == 0 or person.external_id in some
    ]
    trees = {question["key"]: parse_tree(question["tree"]) for question in questions}
    wrong = []
    # Not all at once: a big shop's rows would fill the memory.
    for start in range(0, len(asked), PEOPLE_AT_ONCE):
        people = asked[start : start + PEOPLE_AT_ONCE]
        store = FactStore(people)
        for person in people:
            facts = Facts(person, LocalClock(as_of, "UTC"), store)
            for key, tree in trees.items():
                if tree.holds(person, facts) != (person.external_id in members[key]):
                    wrong.append((key, person.external_id))
    assert not wrong
    person, first = asked[0], questions[0]
    explained = explain(first["tree"], person, as_of=as_of)
    assert explained.holds == (person.external_id in members[first["key"]])
