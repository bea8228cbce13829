"""The audience fields of a form: segments, or the condition builder."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.forms.documents import CodesField
from core.problems import Invalid, Problem
from core.text.json_documents import read_document
from personalization.conditions.audience import BELONGING, is_question, segments_named
from segments.admin.builder.field import BuilderWidget, page_data
from segments.admin.choices import SearchedChoices, problem_of_several
from segments.models import Segment, empty_tree

TREE = "conditions"
KINDS = (
    ("", gettext_lazy("everybody")),
    ("is", gettext_lazy("members of this segment")),
    ("is_one_of", gettext_lazy("members of any of these segments")),
    ("is_not", gettext_lazy("customers outside this segment")),
    ("is_not_one_of", gettext_lazy("customers outside all these segments")),
    (TREE, gettext_lazy("customers who fit these conditions")),
)


class AudienceFields(forms.Form):
    """The fields of a row's form that say its audience; `stored` is the row, None for a new one."""

    stored: Any
    # Says which restrictions the count beside the builder ignores.
    caveat: Words = gettext_lazy(
        "Counted by these conditions only, without time, device and priority."
    )

    audience_kind = forms.ChoiceField(label=gettext_lazy("For"), required=False, choices=KINDS)
    segment_codes = CodesField(
        label=gettext_lazy("Segments"), required=False, widget=SearchedChoices
    )
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"),
        required=False,
        strip=False,
        widget=BuilderWidget,
        help_text=gettext_lazy("The rule tree, as JSON."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tree_problems: list[Problem] = []
        audience = self.stored.audience if self.stored else None
        codes: list[str] = []
        tree, kind = empty_tree(), self.initial.get("audience_kind", "")
        if audience is not None and is_question(audience):
            kind, codes = audience["operator"], audience["segments"]
        elif audience is not None:
            kind, tree = TREE, audience
        self.initial["audience_kind"], self.initial["segment_codes"] = kind, codes
        self.initial[TREE] = json.dumps(tree, ensure_ascii=False, indent=2)
        if TREE in self.fields:  # Who only reads has no fields.
            active = Segment.objects.filter(is_active=True).values_list("code", "name")
            cast(CodesField, self.fields["segment_codes"]).offer(active, codes)
            cast(BuilderWidget, self.fields[TREE].widget).page = self._page

    def _page(self) -> dict[str, Any]:
        page = page_data(None, saved=None, theirs=None, problems=self.tree_problems)
        empty = _("No condition yet. Add the first one below.")
        strings = page["strings"] | {"empty": empty}
        return page | {"caveat": str(self.caveat), "starters": [], "strings": strings}

    def clean_segment_codes(self) -> list[str]:
        """Refuse several segments where the chosen words speak of one."""
        codes: list[str] = self.cleaned_data["segment_codes"]
        chosen = self.cleaned_data.get("audience_kind", "")
        if problem := problem_of_several(chosen, codes, dict(KINDS)):
            self.add_error("audience_kind", problem)
        return codes

    def clean_conditions(self) -> str:
        text: str = self.cleaned_data[TREE]
        if self.cleaned_data.get("audience_kind") == TREE:
            try:
                read_document(text or "{}")
            except Invalid as error:
                raise forms.ValidationError(str(error)) from error
        return text

    def audience(self) -> Mapping[str, Any] | None:
        """Return the audience that the form says."""
        data = self.cleaned_data
        kind = data.get("audience_kind")
        if kind == TREE:
            tree: Mapping[str, Any] = read_document(data.get(TREE) or "{}")
            return tree
        return {"operator": kind, "segments": data.get("segment_codes", [])} if kind else None

    def document(self) -> dict[str, Any]:
        """Return the document of the resource from the form."""
        return {**super().document(), "audience": self.audience()}  # type: ignore[misc]

    def document_field_of(self, name: str) -> str:
        """Return the field of the document that the form's field `name` is about."""
        if name in AudienceFields.base_fields:
            return "audience"
        return str(super().document_field_of(name))  # type: ignore[misc]

    def report(self, problem: Problem) -> None:
        """Show a problem beside its field."""
        name, _point, path = problem.path.partition(".")
        if name != "audience":
            super().report(problem)  # type: ignore[misc]
        elif self.cleaned_data.get("audience_kind") == TREE:
            self.tree_problems.append(Problem(path, problem.code, problem.message))
            self.add_error(TREE, problem.message)
        elif path == "segments" and not self.cleaned_data.get("segment_codes"):
            self.add_error("segment_codes", _("Choose at least one segment."))
        else:
            self.add_error("segment_codes", problem.message)


def describe_audience(
    audience: Mapping[str, Any] | None, names: Mapping[str, str] | None = None
) -> str:
    """Return the text for an audience in lists; `names` maps codes of segments to their names."""
    if audience is None:
        return str(dict(KINDS)[""])
    if not is_question(audience):
        return _("customers who fit conditions")
    called = [(names or {}).get(code, code) for code in audience["segments"]]
    if audience["operator"] in BELONGING:
        return _("members of %(segments)s") % {"segments": get_text_list(called, _("or"))}
    return _("customers outside %(segments)s") % {"segments": get_text_list(called, _("and"))}


def note_audiences(user: Any, rows: Sequence[Any]) -> None:
    """Set `audience_text` of each of `rows` to its audience as text, with one query for all."""
    names = segment_names_for(user, rows)
    for row in rows:
        row.audience_text = describe_audience(row.audience, names)


def segment_names_for(user: Any, rows: Iterable[Any]) -> dict[str, str]:
    """Return the names of the segments in the audiences of `rows`, by code.

    None for a user who may not view segments: they read the codes.
    """
    if not any(user.has_perm(f"segments.{right}_segment") for right in ("view", "change")):
        return {}
    codes = {code for row in rows for code in segments_named(row.audience)}
    return dict(Segment.objects.filter(code__in=codes).values_list("code", "name"))
