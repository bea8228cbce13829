"""An import reaches the members: of those it touched, or of everybody where they are too many."""

import pytest

from customers.imports.problems import ImportRefused
from customers.imports.shop_csv import import_shop
from customers.models import DirtyCustomer
from segments.engine import marks
from segments.engine.live_changes.changed_customers import process_changes
from segments.models import RefreshRun
from segments.refresh import refresh_segment
from segments.tasks import refresh_run
from segments.tests.test_membership import EVERYBODY, make_segment, tree_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "customers.csv").write_text("id\nanna\nbert\n")
    return tmp_path


@pytest.fixture
def segments(db):
    found = [make_segment("z-child", EVERYBODY), make_segment("a-parent", tree_of("z-child"))]
    for segment in found:
        refresh_segment(segment)
    return found


def numbers(segment):
    return sorted(segment.memberships.values_list("customer__external_id", flat=True))


def test_whom_an_import_touched_is_brought_up_to_date(shop, segments):
    import_shop(shop)
    assert process_changes() == 2
    assert [numbers(segment) for segment in segments] == [["anna", "bert"]] * 2


def test_an_import_of_too_many_queues_every_automatic_segment(shop, segments, monkeypatch, sent):
    make_segment("manual", EVERYBODY, refresh_mode="manual")
    make_segment("off", EVERYBODY, is_active=False)
    monkeypatch.setattr(marks, "FLOOD", 1)
    import_shop(shop)
    process_changes()
    runs = RefreshRun.objects.unfinished()
    assert {run.segment.code for run in runs} == {"z-child", "a-parent"}
    assert not DirtyCustomer.objects.exists()
    for run in runs:
        refresh_run(run.pk)
    assert [numbers(segment) for segment in segments] == [["anna", "bert"]] * 2


def test_an_import_that_changed_nothing_marks_nobody(shop, segments):
    import_shop(shop)
    process_changes()
    import_shop(shop)
    assert not DirtyCustomer.objects.exists()


def test_an_import_that_is_refused_marks_nobody(shop, segments):
    (shop / "customers.csv").write_text("id,website\nanna,nowhere\n")
    with pytest.raises(ImportRefused):
        import_shop(shop)
    assert not DirtyCustomer.objects.exists()
