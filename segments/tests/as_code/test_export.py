"""Exports: the same bytes for the same state, and no file lost."""

from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import every_attribute, trees
from customers.models import CustomerGroup, Website
from segments.editing.saving import InvalidDefinition, create_segment
from segments.models import ManagedSegment, Segment
from segments.rules.definition import Definition, Handling
from segments.tests.as_code.directories import Definitions, files_in
from tests.tiers import examples

pytestmark = pytest.mark.once

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40)
LINES = st.lists(TEXTS, min_size=1, max_size=4).map("\n".join)
HANDLINGS = st.builds(
    Handling,
    refresh_mode=st.sampled_from(["auto", "manual"]),
    is_active=st.booleans(),
    priority=st.integers(-(2**31), 2**31 - 1),
    refresh_schedule=st.sampled_from(["", "0 5 * * *"]),
    tags=st.lists(st.sampled_from(["no", "é", "1e3", "B", "a b", "#x"]), max_size=3).map(tuple),
)


def test_an_export_applied_to_an_empty_shop_gives_the_same_bytes(db, tmp_path_factory):
    """Any tree, any text: what a file cannot say would be lost on the way to the next shop."""
    awkward_shop(1).store()
    every = every_attribute()
    websites = st.sets(st.sampled_from(list(Website.objects.values_list("code", flat=True))))
    groups = st.sets(st.sampled_from(list(CustomerGroup.objects.values_list("code", flat=True))))
    definitions = st.builds(
        Definition,
        name=st.text("aé:# '\"x", min_size=1, max_size=20),
        description=LINES,
        conditions=trees(every=every),
        websites=websites.map(tuple),
        customer_groups=groups.map(tuple),
        applies_to=st.sampled_from(["registered", "guest", "both"]),
    )

    @settings(max_examples=examples(100), suppress_health_check=list(HealthCheck))
    @given(made=st.lists(st.tuples(definitions, HANDLINGS), min_size=1, max_size=3))
    def same_bytes(made):
        first, again = (Definitions(tmp_path_factory.mktemp("shop") / "d") for _ in range(2))
        with transaction.atomic():
            for definition, handling in made:
                with suppress(InvalidDefinition):
                    create_segment(definition, handling, author=None)
            assert first.export()[0] == 0
            Segment.objects.all().delete()
            code, said = first.apply()
            assert code == 0, said
            assert again.export()[0] == 0
            assert files_in(first.path) == files_in(again.path)
            assert first.apply()[0] == first.plan("--no-members")[0] == 0
            transaction.set_rollback(True)

    same_bytes()


@pytest.mark.parametrize("project", ["shop-eu", None])
def test_a_new_directory_gets_the_project_of_its_segments(definitions, tmp_path, project):
    """An export that called it otherwise could not be applied to the shop it comes from."""
    definitions.write("a", protect="true")
    definitions.apply()
    if project is None:
        ManagedSegment.objects.all().delete()
    assert definitions.export(at=tmp_path / "new")[0] == 0
    about = (tmp_path / "new" / "tranche.yaml").read_text()
    assert about == f"version: 1\nproject: {project or 'shop'}\n"
    text = (tmp_path / "new" / "segments" / "a.yaml").read_text()
    assert text.endswith(f"protect: {str(project is not None).lower()}\n")


def test_a_file_that_differs_is_kept_unless_forced(definitions, make_segment):
    """Somebody's edits and comments would be gone; equal files are left as they are."""
    make_segment(code="a", name="A")
    make_segment(code="b", name="B")
    assert definitions.export()[0] == 0
    before = files_in(definitions.path)
    definitions.write("a", name="Mine")
    edited = files_in(definitions.path)

    code, said = definitions.export()

    assert code == 1
    assert "a.yaml" in said
    assert "b.yaml" not in said
    assert files_in(definitions.path) == edited
    assert definitions.export("b")[0] == 0
    assert definitions.export("--force")[0] == 0
    assert files_in(definitions.path) == before


def test_the_file_of_the_project_stays_as_its_author_wrote_it(definitions, make_segment):
    make_segment(code="a")
    about = definitions.path / "tranche.yaml"
    about.write_text("# ours\nproject: shop-eu\nversion: 1\n")
    assert definitions.export("--force")[0] == 0
    assert about.read_text().startswith("# ours")


def test_an_export_follows_no_link(definitions, make_segment, tmp_path):
    """A link in a checkout would lead a forced export out of the directory."""
    make_segment(code="a")
    outside = tmp_path / "outside"
    outside.write_text("kept")
    (definitions.path / "segments" / "a.yaml").symlink_to(outside)
    assert definitions.export("--force")[0] == 1
    assert outside.read_text() == "kept"


def test_unknown_segments_are_refused(definitions):
    assert definitions.export("nowhere")[0] == 1
