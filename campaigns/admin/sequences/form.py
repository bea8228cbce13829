"""The form of a sequence: the trigger, the steps, the re-entry rule."""

import re
from functools import cached_property
from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.widgets import Script
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.sequences.steps import BaseSteps, StepForm, steps_of
from campaigns.editing.sequences import SEQUENCES
from campaigns.models import Sequence, Trigger
from core.forms.numbers import TypedIntegerField
from core.problems import Problem
from core.resources.admin import ResourceForm
from segments.models import Segment

STEP = re.compile(r"steps\[([0-9]+)\]\.(\w+)")


class SequenceForm(ResourceForm):
    """All of a sequence; its steps are a form set of their own, `steps`."""

    resource = SEQUENCES

    segment = forms.ModelChoiceField(
        Segment.objects.order_by("name_folded", "pk"),
        label=gettext_lazy("Segment"),
        to_field_name="code",
    )
    reentry_days = TypedIntegerField(
        label=gettext_lazy("Least days between two starts"),
        initial=0,
        help_text=gettext_lazy("0: it may start again on the same day."),
    )
    max_sends = TypedIntegerField(
        label=gettext_lazy("Most mails to one customer"),
        initial=0,
        help_text=gettext_lazy("Over all of its starts, for ever; 0: as many as there are."),
    )

    class Meta:
        model = Sequence
        fields = (
            "trigger",
            "is_active",
            "reentry",
            "reentry_days",
            "max_sends",
            "on_definition_change",
            "send_time",
            "stop_on_order",
        )
        widgets = {
            "trigger": forms.RadioSelect,
            "reentry": forms.RadioSelect,
            "on_definition_change": forms.RadioSelect,
            "send_time": forms.RadioSelect,
        }
        labels = {
            "reentry": gettext_lazy("Starts again for the same customer"),
            "on_definition_change": gettext_lazy("Whom new conditions of the segment move"),
        }
        help_texts = {
            "is_active": gettext_lazy(
                "Current members get nothing. It starts for customers who enter or leave from "
                "now on."
            ),
            "stop_on_order": gettext_lazy(
                "What is still scheduled is not sent once the customer has ordered."
            ),
        }

    class Media:
        js = [Script("campaigns/steps.js", type="module")]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Segment and trigger never change: the page shows them as text, and a browser does not
            # send them.
            del self.fields["segment"]
        else:
            # What most sequences do, unless a link says otherwise.
            usual = {"trigger": Trigger.ENTER, "stop_on_order": True}
            self.initial.update({**usual, **(kwargs.get("initial") or {})})
        if not apps.is_installed("personalization"):
            self.fields.pop("send_time", None)
        if "trigger" in self.fields:
            # No empty choice: radio buttons only offer what can be chosen.
            self.fields["trigger"].choices = [  # type: ignore[attr-defined]
                one
                for one in self.fields["trigger"].choices  # type: ignore[attr-defined]
                if one[0]
            ]
        if "is_active" in self.fields and not self.author.has_perm("campaigns.send_campaign"):
            self.fields["is_active"].disabled = True
            self.fields["is_active"].help_text = _(
                "Only users who may send campaigns can activate a sequence."
            )

    @cached_property
    def steps(self) -> BaseSteps:
        """The form set of the steps."""
        data = self.data if self.is_bound else None
        carried = None if self.instance.pk else self.initial
        return steps_of(data, self.instance.written_steps, carried)

    def clean_segment(self) -> str:
        return str(self.cleaned_data["segment"].code)

    def clean(self) -> dict[str, Any]:
        if not self.steps.is_valid():
            for problem in self.steps.problems():
                self.add_error(None, problem)
        return super().clean()

    def document(self) -> dict[str, Any]:
        document = super().document()
        if self.steps.is_valid():
            document["steps"] = self.steps.documents()
        return document

    def document_field_of(self, name: str) -> str:
        return "steps" if name == NON_FIELD_ERRORS else name

    def report(self, problem: Problem) -> None:
        found = STEP.fullmatch(problem.path)
        if problem.path == "trigger" and problem.code == "unique":
            self.add_error("trigger", self._refusal_of_second(problem))
            return
        if found is None:
            super().report(problem)
            return
        step: StepForm = self.steps.written()[int(found[1])]
        step.say(found[2], problem.message)
        values = {"number": step.called, "message": problem.message}
        self.add_error(None, _("Step %(number)s: %(message)s") % values)

    def _refusal_of_second(self, problem: Problem) -> str:
        """Return the refusal of a second sequence, with a link to the existing one.

        Without the link where that one has been deleted meanwhile.
        """
        data = self.cleaned_data
        # Sequences of deleted segments keep codes that may be used again.
        asked = {"segment__code": data["segment"], "trigger": data["trigger"]}
        first = Sequence.objects.filter(**asked).first()
        if first is None:
            return problem.message
        return format_html(
            '{} <a href="{}">{}</a>',
            problem.message,
            reverse("admin:campaigns_sequence_status", args=[first.pk]),
            _("Open the existing sequence"),
        )
