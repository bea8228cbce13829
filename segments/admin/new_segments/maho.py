"""The import of Maho's segments: a file is tried first, then, if that looks right, taken in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from segments.maho.document import Document, UnreadableDocument, read_document
from segments.maho.importing import import_segments
from segments.maho.phrases import Negatives
from segments.maho.report import Outcome, Status

# The file comes back with the confirmation, in a form whose size the settings limit.
FILE_LIMIT = 1_000_000
READINGS = {
    Negatives.COMPLEMENT: gettext_lazy(
        "as everywhere here: nothing fits the opposite, missing values included"
    ),
    Negatives.ANY_ROW: gettext_lazy("as in Maho: some value (of some row) is otherwise"),
}


class UploadForm(forms.Form):
    """The file, and the reading of its negative conditions."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("JSON with “segments”, rows as Maho stores them, and “maps”."),
    )
    negatives = forms.ChoiceField(
        label=gettext_lazy("Negative conditions mean"),
        choices=[(reading.value, words) for reading, words in READINGS.items()],
        initial=Negatives.COMPLEMENT.value,
    )

    def clean_file(self) -> str:
        """Return the text of the file.

        Raises ValidationError where the file is too large or cannot be read.
        """
        file = self.cleaned_data["file"]
        if file.size > FILE_LIMIT:
            raise forms.ValidationError(
                _("The file is larger than 1 MB: use the command import_maho_segments.")
            )
        content: bytes = file.read()
        _readable(content)
        return content.decode("utf-8-sig")


class ConfirmForm(forms.Form):
    """The content of the previewed file, sent again for the import."""

    content = forms.CharField(widget=forms.HiddenInput, strip=False)
    negatives = forms.ChoiceField(
        widget=forms.HiddenInput, choices=[(reading.value, reading) for reading in Negatives]
    )

    def clean_content(self) -> Document:
        return _readable(self.cleaned_data["content"])


def import_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the form; on POST what would become of the file's segments, or take them in."""
    if "confirm" in request.POST:
        return _take_in(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    context |= {"form": form, "title": _("Import segments from Maho")}
    if form.is_valid():
        content, negatives = form.cleaned_data["file"], form.cleaned_data["negatives"]
        outcomes = import_segments(
            read_document(content), negatives=Negatives(negatives), dry_run=True
        )
        context |= {
            "outcomes": outcomes,
            "acceptable": sum(outcome.status is not Status.REFUSED for outcome in outcomes),
            "confirm_form": ConfirmForm(initial={"content": content, "negatives": negatives}),
        }
    return TemplateResponse(request, "admin/segments/segment/import_maho.html", context)


def _take_in(request: HttpRequest) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The file did not come back whole: choose it again."))
        return redirect("admin:segments_segment_import_maho")
    outcomes = import_segments(
        form.cleaned_data["content"],
        negatives=Negatives(form.cleaned_data["negatives"]),
        author=request.user,
    )
    _tell(request, outcomes)
    return redirect("admin:segments_segment_changelist")


def _tell(request: HttpRequest, outcomes: list[Outcome]) -> None:
    refused = [outcome.name for outcome in outcomes if outcome.status is Status.REFUSED]
    count = len(outcomes) - len(refused)
    messages.success(
        request,
        ngettext("%(count)d segment was imported.", "%(count)d segments were imported.", count)
        % {"count": count},
    )
    if refused:
        messages.warning(request, _("Refused: %(names)s") % {"names": ", ".join(refused)})


def _readable(content: str | bytes) -> Document:
    try:
        return read_document(content)
    except UnreadableDocument as error:
        raise forms.ValidationError(str(error)) from error
