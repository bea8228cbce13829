"""An import brings the segments up to date afterwards: all of them are queued once."""

import pytest

from customers.imports.problems import ImportRefused
from customers.imports.shop_csv import import_shop
from segments.models import RunState
from segments.tasks import refresh_run
from segments.tests.test_membership import EVERYBODY, make_segment, tree_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "customers.csv").write_text("id\nanna\nbert\n")
    return tmp_path


def test_an_import_that_changed_rows_queues_every_automatic_segment_in_order(
    shop, sent, django_capture_on_commit_callbacks
):
    parent = make_segment("a-parent", tree_of("z-child"))
    child_first = [make_segment("z-child", EVERYBODY), parent]
    make_segment("manual", EVERYBODY, refresh_mode="manual")
    make_segment("off", EVERYBODY, is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        import_shop(shop)
    runs = [segment.runs.get() for segment in child_first]
    assert sent == [("segments.refresh_run", [run.pk]) for run in runs]
    for _name, (run_id,) in sent:
        refresh_run(run_id)
    for segment in child_first:
        assert segment.runs.get().state == RunState.COMPLETED
        assert segment.memberships.count() == 2


def test_an_import_that_changed_nothing_queues_nothing(
    shop, sent, django_capture_on_commit_callbacks
):
    import_shop(shop)
    make_segment("all", EVERYBODY)
    with django_capture_on_commit_callbacks(execute=True):
        import_shop(shop)
    assert sent == []


def test_an_import_that_is_refused_queues_nothing(shop, sent, django_capture_on_commit_callbacks):
    make_segment("all", EVERYBODY)
    (shop / "customers.csv").write_text("id,website\nanna,nowhere\n")
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ImportRefused):
        import_shop(shop)
    assert sent == []
