"""The main job on real data: import, preview, refresh, export; each figure and answer is known.

The data and the answers lie beside the project, not in it; without them there is nothing to ask.
"""

import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum

from conditions.engines.engine import engine
from conditions.evaluator.facts import Facts, FactStore
from conditions.explain import explain
from conditions.language.windows import LocalClock
from conditions.parse import parse_tree
from conditions.tests.engines.asking import asked_of
from conditions.tests.engines.needed import engines_there, set_up
from customers.imports.shop_csv import import_shop
from customers.models import Customer, Order, OrderItem, Refund, RefundItem
from segments.editing.saving import create_segment
from segments.export.members import export_members
from segments.insight.preview import preview
from segments.models import Membership, RunState
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from tests.cases import half

DATA = Path(project.BASE_DIR).parent / "shared" / "data"
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
    """Preview all; both databases together also store and export the members of each."""
    stored = [question["key"] for question in half(questions)]
    wrong = [
        (question["key"], way, len(numbers), question["count"])
        for question in questions
        for way, numbers in answers(question, as_of, is_stored=question["key"] in stored)
        if len(numbers) != question["count"] or sha256(numbers) != question["sha256"]
    ]
    assert not wrong


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


def check_by_evaluator(questions, as_of):
    """Hold whom Python finds, from the same rows on either database, against the answers."""
    if connection.vendor != "sqlite":
        return
    everybody = list(Customer.objects.select_related("website", "store", "group", "wishlist"))
    trees = {question["key"]: parse_tree(question["tree"]) for question in questions}
    found = {key: [] for key in trees}
    # Not all at once: a big shop's rows would fill the memory.
    for start in range(0, len(everybody), PEOPLE_AT_ONCE):
        people = everybody[start : start + PEOPLE_AT_ONCE]
        store = FactStore(people)
        for person in people:
            facts = Facts(person, LocalClock(as_of, "UTC"), store)
            for key, tree in trees.items():
                if tree.holds(person, facts):
                    found[key].append(person.external_id)
    wrong = [one["key"] for one in questions if sha256(found[one["key"]]) != one["sha256"]]
    assert not wrong
    person, first = everybody[0], questions[0]
    explained = explain(first["tree"], person, as_of=as_of)
    assert explained.holds == (person.external_id in found[first["key"]])


def check_figures(said, expected):
    """Compare what the import printed, and what it stored, with the published figures."""
    facts, totals = expected["import"], expected["totals"]
    printed = dict(line.split(": ") for line in said.splitlines() if line.count(": ") == 1)
    assert {name: printed[name] for name in printed} == {
        "rows read": str(expected["raw_file"]["rows"]),
        "duplicates": str(facts["duplicate_rows_dropped"]),
        "rows without a customer": str(facts["rows_without_customer_after"]),
        "credit notes": str(totals["refunds"]),
        "lines of credit notes": str(totals["refund_lines"]),
        "adjustments": str(facts["bad_debt_rows_skipped"]),
        "services": str(totals["service_lines"]),
        "orders": str(totals["orders"]),
        "lines": str(totals["order_lines"]),
        "customers": str(totals["customers"]),
        "revenue": totals["sales_grand_total"],
    }
    assert Customer.objects.count() == totals["customers"]
    assert Order.objects.count() == totals["orders"]
    assert OrderItem.objects.count() == totals["order_lines"]
    assert RefundItem.objects.count() == totals["refund_lines"]
    sums = Order.objects.aggregate(total=Sum("grand_total"), products=Sum("subtotal"))
    assert sums["total"] == Decimal(totals["sales_grand_total"])
    assert sums["products"] == Decimal(totals["sales_subtotal"])
    refunded = Refund.objects.aggregate(total=Sum("amount"))["total"]
    assert refunded == Decimal(totals["refunds_total"])


@needs_data
def test_online_retail_has_its_figures_and_answers_every_question_in_every_way(
    db, tmp_path, settings
):
    expected = json.loads((DATA / "online_retail_expected.json").read_text())
    output = io.StringIO()
    call_command("import_online_retail", DATA / "online_retail.csv.xz", stdout=output)
    check_figures(output.getvalue(), expected)
    as_of = datetime.fromisoformat(expected["as_of"])
    assert len(expected["questions"]) == 51
    check(expected["questions"], as_of)
    set_up(settings, tmp_path)
    check_on_engines(expected["questions"], as_of, tmp_path)
    check_by_evaluator(expected["questions"], as_of)


@needs_data
def test_rees46_answers_every_question_in_every_way(db, tmp_path, settings):
    expected = json.loads((DATA / "rees46_expected.json").read_text())
    subprocess.run([sys.executable, DATA / "rees46_to_shop.py", tmp_path], check=True)
    import_shop(tmp_path)
    as_of = datetime(2019, 10, 2, tzinfo=UTC)
    assert expected["questions"]
    check(expected["questions"], as_of)
    set_up(settings, tmp_path)
    check_on_engines(expected["questions"], as_of, tmp_path)
    check_by_evaluator(expected["questions"], as_of)
