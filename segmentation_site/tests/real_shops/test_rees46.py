"""A sample of the events of a real shop: its answers to every question in every way."""

import json
from datetime import UTC, datetime

import pytest

from conditions.tests.engines.needed import set_up
from segmentation_site.tests.real_shops.answers import (
    check,
    check_by_evaluator,
    check_on_engines,
    needs_data,
)
from tests.factories.shops import DATA

pytestmark = [pytest.mark.exhaustive, needs_data]


def test_rees46_answers_every_question_in_every_way(rees46, db, tmp_path, settings):
    expected = json.loads((DATA / "rees46_expected.json").read_text())
    as_of = datetime(2019, 10, 2, tzinfo=UTC)
    assert expected["questions"]
    members = check(expected["questions"], as_of)
    set_up(settings, tmp_path)
    check_on_engines(expected["questions"], as_of, tmp_path)
    check_by_evaluator(expected["questions"], members, as_of)
