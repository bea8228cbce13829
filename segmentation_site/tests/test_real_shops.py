"""The main job on real data: import, preview, refresh, export; every question has its known answer.

The data and the answers lie beside the project, not in it; without them there is nothing to ask.
"""

import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from conditions.evaluator.facts import Facts, FactStore
from conditions.explain import explain
from conditions.language.windows import LocalClock
from conditions.parse import parse_tree
from customers.imports.online_retail import import_online_retail
from customers.imports.shop_csv import import_shop
from customers.models import Customer
from segments.editing.saving import create_segment
from segments.export.members import export_members
from segments.insight.preview import preview
from segments.models import Membership, RunState
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there")


def sha256(numbers):
    return hashlib.sha256("\n".join(sorted(numbers)).encode()).hexdigest()


def answers(question, as_of):
    """Yield (way, numbers of customers) for each way that leads to members."""
    tree = question["tree"]
    shown = preview(tree, as_of=as_of, limit=10_000)
    assert shown.count == len(shown.customers)
    yield "preview", [customer.external_id for customer in shown.customers]
    segment = create_segment(Definition(question["key"], conditions=tree), author=None).segment
    run = refresh_segment(segment, as_of=as_of)
    assert run.state == RunState.COMPLETED, run.error
    members = Membership.objects.filter(segment=segment)
    yield "refresh", list(members.values_list("customer__external_id", flat=True))
    exported = b"".join(export_members(segment, "csv", user=None)).decode()
    yield "export", [row["id"] for row in csv.DictReader(io.StringIO(exported, newline=""))]


def check(questions, as_of):
    wrong = [
        (question["key"], way, len(numbers), question["count"])
        for question in questions
        for way, numbers in answers(question, as_of)
        if len(numbers) != question["count"] or sha256(numbers) != question["sha256"]
    ]
    assert not wrong


def check_by_evaluator(questions, as_of):
    people = list(Customer.objects.select_related("website", "store", "group", "wishlist"))
    store = FactStore(people)
    everybody = [Facts(person, LocalClock(as_of, "UTC"), store) for person in people]
    for question in questions:
        tree = parse_tree(question["tree"])
        found = [
            facts.customer.external_id for facts in everybody if tree.holds(facts.customer, facts)
        ]
        assert sha256(found) == question["sha256"], question["key"]
    person = people[0]
    tree = questions[0]["tree"]
    assert explain(tree, person, as_of=as_of).holds == parse_tree(tree).holds(person, everybody[0])


@needs_data
def test_online_retail_answers_every_question_in_every_way(db):
    expected = json.loads((DATA / "online_retail_expected.json").read_text())
    import_online_retail(DATA / "online_retail.csv.xz")
    as_of = datetime.fromisoformat(expected["as_of"])
    assert len(expected["questions"]) == 51
    check(expected["questions"], as_of)
    check_by_evaluator(expected["questions"], as_of)


@needs_data
def test_rees46_answers_every_question_in_every_way(db, tmp_path):
    expected = json.loads((DATA / "rees46_expected.json").read_text())
    subprocess.run([sys.executable, DATA / "rees46_to_shop.py", tmp_path], check=True)
    import_shop(tmp_path)
    as_of = datetime(2019, 10, 2, tzinfo=UTC)
    assert expected["questions"]
    check(expected["questions"], as_of)
    check_by_evaluator(expected["questions"], as_of)
