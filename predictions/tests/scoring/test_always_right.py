"""Whatever happens, segments that ask for scores have the members whom the scores of now name.

As the test of segments of the same name, whose shop goes on here with scorings in between: of
everybody, of who waits, and of both after segments were edited to ask something else.
"""

import os
from datetime import timedelta

import hypothesis
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from conditions.language import types
from conditions.tests.examples.trees import MATCH, sides
from predictions.conditions.families import FAMILIES
from predictions.models import CustomerPrediction, PredictionModel
from predictions.scoring.live import rescore_changed
from predictions.scoring.runs import score
from segments.editing.saving import save_segment
from segments.engine import measuring
from segments.engine.live_changes import costly_segments
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.live_changes.costly_segments import process_costly
from segments.engine.live_changes.passing_time import sweep
from segments.models import Segment
from segments.rules.definition import Definition, definition_of
from segments.rules.evaluation.rule_cache import forget
from segments.tests.engine.test_always_right import Shop
from tests.tiers import examples

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES") or examples(12))
STEPS = int(os.environ.get("MACHINE_STEPS", "12"))
OURS = [attribute for family in FAMILIES for attribute in family.attributes]
NUMBERS = ["0", "1", "2", "3", "4", "5", "-1", "0.5", "30", "100"]


@st.composite
def asking(draw):
    """Draw a tree that asks for scores."""
    nodes = []
    for _n in range(draw(st.integers(1, 2))):
        attribute = draw(st.sampled_from(OURS))
        node = {"attribute": attribute.code}
        if attribute.type is types.BOOLEAN:
            code = draw(st.booleans())
            operator = draw(st.sampled_from(["is", "is_not", "is_empty"]))
        elif attribute.choices is not None:
            # Of clusters there are none yet.
            known = list(attribute.choices.suggest("", 100))
            code = draw(st.sampled_from(known)) if known else None
            if code is None:
                operator = draw(st.sampled_from(["is_empty", "is_not_empty"]))
                nodes.append(node | {"operator": operator})
                continue
            operator = draw(st.sampled_from(["is", "is_not", "is_not_empty"]))
        else:
            code = draw(st.sampled_from(NUMBERS))
            operator = draw(st.sampled_from(["gt", "lte", "is", "is_empty"]))
            if operator == "gt" and draw(st.booleans()):
                code = {"attribute": draw(st.sampled_from(sides(attribute, None))).code}
        nodes.append(
            node
            | {"operator": operator}
            | ({} if operator in {"is_empty", "is_not_empty"} else {"value": code})
        )
    return {"match": draw(MATCH), "conditions": nodes}


class ScoredShop(Shop):
    """The shop of the other test, scored now and then."""

    def teardown(self):
        super().teardown()
        # What is undone leaves its ids and versions to the next example.
        forget()

    @rule()
    def everybody_is_scored(self):
        score(as_of=self.clock)
        self.happened.append("scored")
        self.settle()

    @rule(days=st.integers(0, 400))
    def everybody_is_scored_as_of_long_ago(self, days):
        score(as_of=self.clock - timedelta(days=days))
        self.happened.append(f"scored as of {days} days ago")
        self.settle()

    @rule(number=st.integers(0, 2), tree=asking(), is_first=st.booleans())
    def somebody_asks_for_scores(self, number, tree, is_first):
        segment = Segment.objects.get(code=f"s{number}")
        definition = Definition(definition_of(segment).name, conditions=tree, applies_to="both")
        if is_first:
            score(as_of=self.clock)
        save_segment(segment, definition, author=None)
        if not is_first:
            score(as_of=self.clock)
        self.happened.append(f"s{number} asks {tree}")
        self.settle()

    def work_in_changes(self):
        sweep()
        while process_batch() or process_costly() or rescore_changed():
            pass


def test_segments_follow_scores_whatever_happens(monkeypatch, settings):
    monkeypatch.setattr(timezone, "now", lambda: ScoredShop.clock)
    settings.COSTLY_SECONDS = 1.0
    monkeypatch.setattr(measuring, "seconds_for_a_batch", lambda rule, **limits: 0.0)
    monkeypatch.setattr(costly_segments, "rest_of", lambda seconds: timedelta(0))
    run_state_machine_as_test(
        ScoredShop,
        settings=hypothesis.settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not CustomerPrediction.objects.exists()
    assert not PredictionModel.objects.exclude(as_of=None).exists()
