"""The worked cases about behaviour: `shared/data/conditions_more`, imported and asked."""

import json
import shutil
from datetime import datetime

import pytest

from conditions.explain import explain
from conditions.matching import matching_customers
from customers.imports.further_files import all_tables
from customers.imports.shop_csv import import_shop
from customers.models import Customer
from personalization.tests.conftest import DATA

FOLDER = DATA / "conditions_more"
LETTER = "B"


def cases():
    if not FOLDER.exists():
        return []
    every = json.loads((FOLDER / "cases.json").read_text())["cases"]
    return [one for one in every if one["id"].startswith(LETTER)]


@pytest.mark.django_db
@pytest.mark.skipif(not FOLDER.exists(), reason="the worked cases are not there")
def test_the_tree_its_complement_and_explain_say_what_was_worked_out(tmp_path, settings):
    settings.TRACKING_CONSENT = "opt_in"
    for table in all_tables():
        if (FOLDER / "shop" / table.file).exists():
            shutil.copy(FOLDER / "shop" / table.file, tmp_path)
    import_shop(tmp_path)
    assert len(cases()) == 14
    for case in cases():
        as_of, websites = datetime.fromisoformat(case["as_of"]), case["websites"]
        scope = {"as_of": as_of, "websites": websites}
        everybody = matching_customers({"match": "all", "conditions": []}, **scope)
        assert everybody.count() == case["scope_count"], case["id"]
        found = matching_customers(case["tree"], **scope)
        numbers = sorted(found.values_list("external_id", flat=True))
        assert numbers == case["expected"], case["id"]
        complement = {"match": "none", "conditions": case["tree"]["conditions"]}
        others = matching_customers(complement, **scope)
        assert {*others} == {*everybody} - {*found}, case["id"]
        for customer in Customer.objects.filter(pk__in=[one.pk for one in everybody]):
            held = explain(case["tree"], customer, as_of=as_of).holds
            assert held == (customer.external_id in case["expected"]), case["id"]
