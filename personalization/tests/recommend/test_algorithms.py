"""The algorithms of personal lists, on a tiny shop whose scores the contract gives."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from personalization.recommend import personal
from personalization.recommend.sources.shared_reads import shared_histories
from personalization.tests.recommend.rows import AT, bought, customer

EXPECTED = Path(settings.BASE_DIR).parent / "shared" / "data" / "lists_expected.json"

pytestmark = pytest.mark.django_db


@pytest.mark.skipif(not EXPECTED.exists(), reason=f"{EXPECTED} is not there")
def test_all_scores_of_a_tiny_shop():
    tiny = json.loads(EXPECTED.read_text())["tiny"]
    as_of = datetime.fromisoformat(tiny["as_of"])
    orders = {}
    for number, order, sku, seconds in tiny["rows"]:
        orders.setdefault((number, order, seconds), []).append(sku)
    for (number, _order, seconds), skus in orders.items():
        bought(number, *skus, at=datetime.fromtimestamp(seconds, UTC))
    how = {"parameters": {"e": tiny["e"], "beta": tiny["beta"]}, "n": 100, "as_of": as_of}
    with shared_histories():
        for number, expected in tiny["expected"].items():
            who = customer(number)
            own = {sku for sku, _score in expected["again"]}
            found = {
                "personal_frequency": personal(who, algorithm="personal_frequency", **how),
                "again": [one for one in personal(who, **how) if one.sku in own],
                "discover": personal(who, algorithm="discover", new=True, **how),
            }
            for name, pairs in expected.items():
                assert [one.sku for one in found[name]] == [sku for sku, _score in pairs]
                scores = [one.score for one in found[name]]
                assert scores == pytest.approx([score for _sku, score in pairs], abs=1.1e-6)


def test_only_the_most_bought_skus_have_item_weights(settings):
    for number in ("1", "2", "3"):
        bought(number, "a", "b")
    for number in ("4", "5"):
        bought(number, "a", "c")
    how = {"algorithm": "discover", "parameters": {"e": 0.0}, "as_of": AT}
    assert [one.sku for one in personal(customer("1"), new=True, **how)] == ["c"]
    settings.LIST_CORE_SKUS = 2
    assert personal(customer("1"), new=True, **how) == []
    assert [one.sku for one in personal(customer("4"), new=True, **how)] == ["b"]


def test_the_command_takes_an_instant_as_text_too():
    bought("1", "a", ago=2)
    bought("1", "a", at=AT)
    out = StringIO()
    call_command("evaluate_recommendations", split=AT.isoformat(), json=True, stdout=out)
    found = json.loads(out.getvalue())
    assert (found["users"], found["chosen"]) == (1, {"e": 1.0, "beta": 0.7})
