"""Applying: what a save does, by the project's name, all of it or nothing."""

import json

import pytest

from core.audit import AuditEntry
from segments.as_code import carrying_out
from segments.editing.deletion import delete_segments
from segments.editing.saving import save_segment
from segments.models import ManagedSegment, PriorityList, Segment, SegmentVersion
from segments.rules.definition import Definition, definition_of
from segments.tests.as_code.directories import Definitions

pytestmark = pytest.mark.once

ASKS = "{match: all, conditions: [{attribute: segment, operator: is_one_of, value: [%s]}]}"
SALES = "{match: all, conditions: [{attribute: lifetime.sales, operator: gte, value: %s}]}"


def rows():
    """Return all that an apply may write."""
    return (
        list(Segment.objects.order_by("pk").values()),
        list(SegmentVersion.objects.order_by("pk").values()),
        list(ManagedSegment.objects.order_by("pk").values()),
        list(AuditEntry.objects.order_by("pk").values()),
    )


def test_changes_have_the_project_as_their_author(definitions, client_with):
    """Neither a user's name nor none: who reviews a version finds the repository by it."""
    definitions.write("vip", conditions=SALES % 500)
    assert definitions.apply()[0] == 0
    definitions.write("vip", conditions=SALES % 400, priority=3)
    assert definitions.apply()[0] == 0

    authors = [version.author_name for version in SegmentVersion.objects.order_by("number")]
    assert authors == ["code:shop-eu", "code:shop-eu"]
    entries = AuditEntry.objects.filter(name="vip").order_by("pk")
    assert [(one.who, one.action) for one in entries] == [
        ("code:shop-eu", "created"),
        ("code:shop-eu", "changed"),
    ]
    assert Segment.objects.get().created_by is None
    page = client_with("segments.view_segment").get("/api/v1/segments/vip/versions/").json()
    assert {one["author"] for one in page["results"]} == {"code:shop-eu"}


def test_applying_twice_writes_nothing(definitions, clock):
    """A save of what is there already would move the time of its last change."""
    definitions.write("vip", conditions=SALES % 500, tags="[b, A]")
    definitions.write("also", conditions=ASKS % "vip", is_active="false")
    definitions.apply()
    before = rows()
    clock.advance(hours=1)

    assert definitions.apply()[0] == 0
    assert rows() == before
    assert definitions.plan()[0] == 0


def test_references_among_new_segments_are_saved_in_order(definitions):
    """By the alphabet the first would name one that is not there yet; a list may lead to it."""
    definitions.write("a", conditions=ASKS % "b")
    definitions.write("b", conditions=ASKS % "c")
    definitions.write("c", conditions=SALES % 1)
    assert definitions.apply()[0] == 0
    # Turned round: a circle, were `c` saved before `a`.
    definitions.write("a", conditions=SALES % 1)
    definitions.write("b", conditions=ASKS % "a")
    definitions.write("c", conditions=ASKS % "b")
    assert definitions.apply()[0] == 0
    assert definitions.plan()[0] == 0


def test_a_circle_by_way_of_a_segment_outside_is_refused(definitions, make_segment):
    """Files alone have no circle here."""
    definitions.write("a", conditions=SALES % 1)
    definitions.apply()
    node = {"attribute": "segment", "operator": "is_one_of", "value": ["a"]}
    make_segment(code="outside", conditions=[node])
    definitions.write("a", conditions=ASKS % "outside")
    code, said = definitions.apply()
    assert (code, "circle" in said) == (1, True)


def test_nothing_is_applied_if_the_last_save_fails(definitions, monkeypatch):
    """What was saved before is taken back, as after a kill: it is one transaction."""
    definitions.write("a")
    definitions.write("b")
    real = carrying_out.create_segment

    def fail_at_b(definition, handling, *, code, author):
        if code == "b":
            raise RuntimeError
        return real(definition, handling, code=code, author=author)

    monkeypatch.setattr(carrying_out, "create_segment", fail_at_b)
    with pytest.raises(RuntimeError):
        definitions.apply()
    assert rows() == ([], [], [], [])


def test_a_segment_of_another_project_is_left_alone(definitions, tmp_path, make_segment):
    """Two repositories with a file of one name would else undo each other's work forever."""
    other = Definitions(tmp_path / "us", "shop-us")
    definitions.write("vip")
    definitions.apply()
    make_segment(code="ours")
    other.write("vip", name="Theirs")
    before = rows()

    for code, said in (other.plan(), other.apply("--overwrite-drift")):
        assert code == 1
        assert said == ("segments/vip.yaml:1: code: “vip” is managed by the project “shop-eu”.")
    other.remove("vip")
    assert other.apply("--delete")[0] == 0
    assert rows() == before


def test_taking_over_is_announced_and_audited_without_a_version(definitions, make_segment):
    """A segment that is exactly as its file says has nothing to save, and yet a new owner."""
    make_segment(code="vip", name="Vip")
    definitions.write("vip")
    code, said = definitions.plan()
    assert code == 2
    assert "takes over" in said

    definitions.apply()

    assert Segment.objects.get().version == 1
    entry = AuditEntry.objects.latest("pk")
    assert (entry.who, entry.after) == ("code:shop-eu", {"project": "shop-eu"})
    assert definitions.plan()[0] == 0


def test_drift_is_refused_until_it_is_overwritten(definitions, clock, django_user_model):
    ann = django_user_model.objects.create_user("ann")
    definitions.write("vip")
    definitions.apply()
    clock.set("2026-05-02T10:14:00")
    save_segment(Segment.objects.get(), Definition("Mine"), author=ann)

    code, said = definitions.plan()
    assert code == 3
    assert "! vip            changed by ann, 2026-05-02 " in said
    assert "version 2 (applied: 1)" in said
    code, said = definitions.apply()
    assert code == 1
    assert Segment.objects.get().name == "Mine"
    ann.delete()
    assert "changed by –" in definitions.plan()[1]
    assert definitions.apply("--overwrite-drift")[0] == 0
    assert Segment.objects.get().name == "Vip"
    assert definitions.plan()[0] == 0


def test_a_file_that_says_what_is_there_ends_drift(definitions):
    definitions.write("vip")
    definitions.apply()
    save_segment(Segment.objects.get(), Definition("Mine"), author=None)
    assert definitions.export("--force")[0] == 0
    assert definitions.plan()[0] == 0
    definitions.apply()
    assert ManagedSegment.objects.get().version == 2


def test_a_missing_file_deletes_only_on_demand(definitions):
    definitions.write("a")
    definitions.write("b")
    definitions.apply()
    definitions.remove("b")
    definitions.write("a", priority=5)
    code, said = definitions.apply()
    assert code == 0
    assert "Not deleted without --delete: b." in said
    assert list(Segment.objects.values_list("code", "priority").order_by("code")) == [
        ("a", 5),
        ("b", 0),
    ]
    assert definitions.apply("--delete")[0] == 0
    assert [one.code for one in Segment.objects.all()] == ["a"]
    assert AuditEntry.objects.latest("pk").who == "code:shop-eu"


def test_a_deletion_that_is_blocked_stops_everything(definitions):
    """`protect` counts as it was applied: a file that is gone cannot say it any more."""
    definitions.write("kept", protect="true")
    definitions.write("used")
    definitions.write("user", conditions=ASKS % "used")
    definitions.apply()
    definitions.write("user", conditions=ASKS % "used", priority=7)
    for code in ("kept", "used"):
        definitions.remove(code)
        report = definitions.path / "report.json"
        assert definitions.plan("--json", str(report))[0] == 2
        (action,) = [
            one for one in json.loads(report.read_text())["actions"] if one["code"] == code
        ]
        kind = {"kept": "protect", "used": "segments"}[code]
        assert [one["kind"] for one in action["blocked_by"]] == [kind]
        before = rows()
        assert definitions.apply("--delete")[0] == 1
        assert rows() == before
        definitions.write(code, protect=str(code == "kept").lower())
    definitions.write("kept", protect="false")
    assert definitions.apply()[0] == 0
    definitions.remove("kept")
    assert definitions.apply("--delete")[0] == 0
    assert not Segment.objects.filter(code="kept").exists()


def test_segments_that_refer_to_each_other_are_deleted_together(definitions):
    definitions.write("a")
    definitions.write("b", conditions=ASKS % "a")
    definitions.apply()
    definitions.remove("a")
    definitions.remove("b")
    assert definitions.apply("--delete")[0] == 0
    assert not Segment.objects.exists()


def test_a_priority_list_keeps_its_segments(definitions):
    definitions.write("a")
    definitions.apply()
    PriorityList.objects.create(code="first", name="First", segments=["a"])
    definitions.remove("a")
    assert definitions.apply("--delete")[0] == 1


def test_a_deletion_of_a_changed_segment_is_drift(definitions):
    """What somebody has saved meanwhile is not thrown away by a file that is not there."""
    definitions.write("a")
    definitions.apply()
    save_segment(Segment.objects.get(), Definition("Mine"), author=None)
    definitions.remove("a")
    assert definitions.plan()[0] == 3
    assert definitions.apply()[0] == 0
    assert definitions.apply("--delete")[0] == 1
    assert definitions.apply("--delete", "--overwrite-drift")[0] == 0


def test_a_segment_that_was_deleted_here_is_made_again(definitions):
    definitions.write("a")
    definitions.apply()
    delete_segments(list(Segment.objects.all()))
    assert definitions.plan()[0] == 2
    assert definitions.apply()[0] == 0
    assert definition_of(Segment.objects.get()).name == "A"


@pytest.mark.parametrize("change", ["version", "handling", "owner", "new", "gone"])
def test_a_stored_plan_is_only_about_the_state_that_it_saw(
    definitions, tmp_path, make_segment, change
):
    """Who approved the plan approved what it showed."""
    definitions.write("a")
    definitions.apply()
    definitions.write("a", name="Another")
    definitions.write("b")
    plan = tmp_path / "plan.json"
    assert definitions.plan("--out", str(plan))[0] == 2
    segment = Segment.objects.get()
    if change == "version":
        save_segment(segment, Definition("Mine"), author=None)
    elif change == "handling":
        Segment.objects.update(priority=4)
    elif change == "owner":
        ManagedSegment.objects.update(project="shop-us")
    elif change == "new":
        make_segment(code="b")
    else:
        delete_segments([segment])
    before = rows()
    assert definitions.apply("--overwrite-drift", at=plan)[0] == 3
    assert rows() == before


def test_a_stored_plan_is_applied_as_it_was_reviewed(definitions, tmp_path):
    definitions.write("a", conditions=SALES % "1e-1", description="'“x”'", tags="[é]")
    plan = tmp_path / "plan.json"
    definitions.plan("--out", str(plan))
    definitions.remove("a")
    assert definitions.apply(at=plan)[0] == 0
    assert Segment.objects.get().conditions["conditions"][0]["value"] == "0.1"
    assert definitions.apply(at=plan)[0] == 3


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"tranche_plan": 1}', '{"tranche_plan": 1, "project": "x", "as_of": 1}'],
)
def test_a_file_that_is_no_plan_is_refused(definitions, tmp_path, text):
    plan = tmp_path / "plan.json"
    plan.write_text(text)
    assert definitions.apply(at=plan)[0] == 1
    assert definitions.apply(at=tmp_path / "nowhere")[0] == 1


def test_nothing_is_applied_without_a_yes(definitions):
    definitions.write("a")
    assert definitions.run("apply_definitions")[0] == 1
    assert not Segment.objects.exists()
