"""Who entered and left since a cursor: each once, in order, with what is known of them now."""

import xml.etree.ElementTree as ElementTree

import pytest

from segments.engine.members.change_log import changes_since, latest_cursor
from segments.export.background.files import path_of
from segments.export.background.requests import execute_export, request_export
from segments.export.contents import Contents
from segments.models import Export, MembershipChange
from segments.refresh import refresh_segment

# What is written is settled when its transaction has ended.
pytestmark = pytest.mark.django_db(transaction=True)


def written(segment, user, **options):
    export = request_export(segment, Contents(**options), user)
    execute_export(export.pk)
    export.refresh_from_db()
    assert export.state == "completed", export.error
    return export, path_of(export.file).read_bytes().decode()


def test_every_change_once_in_order_with_todays_values(everybody, taker, people, make_segment):
    other = make_segment("Other")
    refresh_segment(other)
    people[0].first_name = "=Ann"
    people[0].save()
    people[1].delete()
    refresh_segment(everybody)
    MembershipChange.objects.filter(customer_external_id="c").update(
        customer_id=None, customer_external_id=None
    )

    export, text = written(everybody, taker, columns=("id", "first_name"), since=0)

    sequence = [change.sequence for change in changes_since(0, segment=everybody)]
    rows = [line.split(",") for line in text.splitlines()]
    assert rows[0] == ["sequence", "kind", "at", "id", "first_name"]
    assert [int(row[0]) for row in rows[1:]] == sequence
    assert [row[1] for row in rows[1:]] == ["entered", "entered", "entered", "left"]
    assert [row[3:] for row in rows[1:]] == [["a", "'=Ann"], ["", ""], ["", ""], ["", ""]]
    assert (export.rows, export.total, export.cursor) == (4, 4, latest_cursor())


def test_the_same_as_xml(everybody, taker):
    _export, text = written(everybody, taker, format="xml", since=0)
    root = ElementTree.fromstring(text)
    assert root.tag == "changes"
    assert root.attrib["since"] == "0"
    assert [change.findtext("id") for change in root.iter("change")] == ["a", "b", "c"]
    assert root.find("change").attrib["kind"] == "entered"
    assert root.findtext("count") == "3"
    assert "entered_at" not in text


def test_members_and_then_changes_miss_nobody(everybody, taker, make_customer):
    full, _text = written(everybody, taker, columns=("id",))
    make_customer("d")
    refresh_segment(everybody)
    delta, text = written(everybody, taker, columns=("id",), since=full.cursor)
    assert [line.split(",")[3] for line in text.splitlines()[1:]] == ["d"]
    _nothing, text = written(everybody, taker, columns=("id",), since=delta.cursor)
    assert text == "sequence,kind,at,id\r\n"


def test_a_cursor_that_became_too_old_while_it_waited(everybody, taker):
    from segments.models.work.watermark import Watermark, Work

    export = request_export(everybody, Contents(since=0), taker)
    Watermark.objects.create(name=Work.PURGE, number=1)
    execute_export(export.pk)
    assert Export.objects.get().state == "failed"
    assert "members as a whole" in Export.objects.get().error
