"""The forms of a plan's page, with the values sent or with those of a saved plan."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from core.problems import Invalid
from core.text.codes import free_code
from predictions.admin.strategies.forms import (
    CampaignLines,
    KeepForm,
    PlanForm,
    SegmentForm,
    initial_of,
)
from predictions.figures.single_computation import turn
from predictions.models import Strategy
from predictions.refusals import Refused
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.plans.plan import Plan, plan
from predictions.strategies.question import BUDGET, Question
from segments.models import Segment

# The values that the buttons send as `deed`.
PREVIEW, KEEP, SAVE, MORE, LISTS, CSV = "preview", "keep", "segment", "more", "list", "csv"
JUDGED = {PREVIEW, KEEP, SAVE, LISTS, CSV}


@dataclass
class Desk:
    """The forms of the page, with the values sent or with those of the saved plan `kept`."""

    request: HttpRequest
    code: str
    kept: Strategy | None
    deed: str = ""
    form: PlanForm = field(init=False)
    lines: CampaignLines | None = field(init=False, default=None)
    keep: KeepForm = field(init=False)
    save: SegmentForm = field(init=False)

    def __post_init__(self) -> None:
        user, strategy = self.request.user, STRATEGIES[self.code]
        sent = self.request.POST if self.request.method == "POST" else None
        self.deed = "" if sent is None else str(sent.get("deed", PREVIEW))
        # The button MORE only adds a line: the forms are not validated then.
        values: Mapping[str, Any] = self.kept.values if self.kept else {}
        self.form = PlanForm(strategy, user, sent, initial=initial_of(values))
        if self.code == BUDGET:
            stored = values.get("campaigns", ()) if sent is None else ()
            self.lines = CampaignLines(user, sent, stored, more=int(self.deed == MORE))
        # These two forms keep their values whichever button is used.
        entered = {} if sent is None else sent.dict()
        name = self.kept.name if self.kept else ""
        self.keep = KeepForm(sent if self.deed == KEEP else None, initial={"name": name} | entered)
        # A segment is only saved of a plan, which the page of a new one does not show yet.
        proposed = self._proposed_segment() if sent is not None or self.kept else {}
        bound = sent if self.deed in {SAVE, LISTS} else None
        self.save = SegmentForm(
            bound, initial=proposed | {name: text for name, text in entered.items() if text}
        )

    def _proposed_segment(self) -> dict[str, str]:
        """Return a name for the segment, after the plan, and a code that is free."""
        name = self.kept.name if self.kept else str(STRATEGIES[self.code].label)
        code = free_code(name, Segment.objects.all(), otherwise=self.code)
        return {"segment_name": name, "segment_code": code}

    def question(self) -> Question | None:
        """Return the question of the forms; None, with errors at the fields, if any is invalid."""
        are_valid = self.form.is_valid()
        if self.lines is None:
            return self.form.question() if are_valid else None
        if not self.lines.is_valid() or not are_valid:
            return None
        return self.form.question(self.lines.campaigns())

    def answer(self, question: Question, shown: int = 0) -> Plan | None:
        """Return the plan with the first `shown` contacts; None, with errors, if it is refused."""
        with self.explained(), turn():
            return plan(question, shown=shown)
        return None

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Add errors that the block raises for the question to the forms."""
        try:
            yield
        except Invalid as error:
            others = error.problems if self.lines is None else self.lines.say(error.problems)
            self.form.say(others)
        except Refused as error:
            self.form.add_error(None, str(error))
