"""The sample shops with their right answers, which lie beside the project."""

import hashlib
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command

from segments.insight.previews.preview import preview

SHOPS = Path(project.BASE_DIR).parent / "shared" / "data" / "shops"
needs_shops = pytest.mark.skipif(not SHOPS.exists(), reason=f"{SHOPS} is not there")


def expected_of(shop):
    return json.loads((SHOPS / shop / "expected.json").read_text())


def bring(shop, report, *options):
    """Import a sample as its own command says; return the report."""
    command = [part.format(directory=SHOPS / shop) for part in expected_of(shop)["command"]]
    call_command(*command, "--report", report, *options, stdout=io.StringIO())
    return json.loads(report.read_text())


def wrong_answers(shop):
    """Yield the questions that a preview answers otherwise."""
    expected = expected_of(shop)
    assert len(expected["questions"]) == 25
    as_of = datetime.fromisoformat(expected["as_of"])
    for question in expected["questions"]:
        shown = preview(
            question["tree"], applies_to=question["applies_to"], as_of=as_of, limit=10_000
        )
        numbers = sorted(customer.external_id for customer in shown.customers)
        if hashlib.sha256("\n".join(numbers).encode()).hexdigest() != question["sha256"]:
            yield question["key"], len(numbers), question["count"]
