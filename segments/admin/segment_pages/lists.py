"""The List page: adds customers to a segment's list or removes them, after a confirmation."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text.formats import number_shown
from customers.imports.named.named_csv import names_in
from customers.imports.named.named_customers import By, Name, Names, RefusedNames, TooManyNames
from customers.imports.problems import BrokenFile, reason_in_file
from segments.editing.lists import MOST, Counts, ListTooLong, Verb, change_list
from segments.models import Segment

VERBS = {
    Verb.ADD: gettext_lazy("Put them on the list"),
    Verb.REMOVE: gettext_lazy("Take them off the list"),
    Verb.REPLACE: gettext_lazy("Make them the whole list: everybody else comes off it"),
}
# How the page calls the customers who are not affected by a change.
IN_VAIN = {
    Verb.ADD: gettext_lazy("on the list already"),
    Verb.REMOVE: gettext_lazy("known, but not on the list"),
    Verb.REPLACE: gettext_lazy("stay on the list"),
}
WAYS = {
    By.ID: gettext_lazy("customer numbers"),
    By.EMAIL: gettext_lazy("e-mail addresses"),
}
OF_EMAILS = gettext_lazy(
    "These look like e-mail addresses: choose “e-mail addresses” where it says what the lines are."
)
MOST_BYTES = 256 * 1024 * 1024
MOST_LINES = 10_000


class ListForm(forms.Form):
    """The customers, and the change to make with them."""

    verb = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[(verb.value, label) for verb, label in VERBS.items()],
        initial=Verb.ADD.value,
        widget=forms.RadioSelect,
    )
    lines = forms.CharField(
        label=gettext_lazy("Customers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy("One in each line, up to 10,000."),
    )
    by = forms.ChoiceField(
        label=gettext_lazy("The lines are"),
        choices=list(WAYS.items()),
        initial=By.ID.value,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        help_text=gettext_lazy(
            "With a column “id” or “email”; other columns are left aside. Between columns stand"
            " commas, semicolons or tabs. Up to 1,000,000 rows."
        ),
    )
    skip_unknown = forms.BooleanField(
        label=gettext_lazy("Leave out those who are not known"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems: list[str] = []
        self.advice = ""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > MOST_BYTES:
            megabytes = MOST_BYTES // 1024 // 1024
            raise ValidationError(_("The file is larger than %d MB.") % megabytes)
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if len(data.get("lines", "").splitlines()) > MOST_LINES:
            self.add_error("lines", _("These are too many lines: choose a CSV file."))
        if "file" in data and bool(data["file"]) == bool(data.get("lines", "").strip()):
            raise ValidationError(_("Write customers into the lines, or choose a file."))
        return data

    def names(self, *, compares_emails: bool) -> Names:
        """Return the names in the form. Raises BrokenFile where its file cannot be read."""
        data = self.cleaned_data
        if data["file"]:
            return names_in(data["file"], compares_emails=compares_emails)
        lines = enumerate(data["lines"].splitlines(), start=1)
        return Names(
            By(data["by"]),
            (Name(number, line.strip()) for number, line in lines if line.strip()),
        )

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Show errors in the names, which the block raises, at the form."""
        try:
            yield
        except BrokenFile as error:
            self.problems = [problem.in_upload for problem in error.problems]
        except RefusedNames as error:
            self._explain(error)
        except (ListTooLong, TooManyNames):
            self.add_error(
                None, _("A list has %(most)s customers at most.") % {"most": f"{MOST:,}"}
            )

    def _explain(self, error: RefusedNames) -> None:
        if self.look_like_emails(name.value for name in error.first if name.fault == "unknown"):
            self.advice = str(OF_EMAILS)
            return
        # A file in another encoding has errors in many lines, so only show the first.
        encoding = [name for name in error.first if name.fault == "encoding"][1:]
        said = [name for name in error.first if name not in encoding]
        self.problems = [_at_line(one.place, self._reason(one)) for one in said]
        if more := error.total - len(said):
            self.problems.append(_("… and %(count)s more") % {"count": number_shown(more)})
        if any(name.fault == "unknown" for name in error.first):
            self.advice = _("To go on without them, tick “%(box)s”.") % {
                "box": self.fields["skip_unknown"].label
            }

    def _reason(self, name: Name) -> str:
        is_file = bool(self.cleaned_data["file"])
        return reason_in_file(name.fault, name.value) if is_file else name.reason

    def look_like_emails(self, unknown: Iterable[str]) -> bool:
        """Return whether all unknown customer numbers look like e-mails, which the form accepts."""
        by = cast(forms.ChoiceField, self.fields["by"])
        is_offered = By.EMAIL in dict(cast(Any, by.choices))
        names = list(unknown)
        is_lines = not self.cleaned_data["file"] and self.cleaned_data["by"] == By.ID
        return is_lines and is_offered and bool(names) and all("@" in name for name in names)


def list_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the length of the list; on POST show the effect of a change or, if confirmed, make it.

    Raises PermissionDenied for a POST of a user who may not change segments, and for e-mail
    addresses from a user who may not see members.
    """
    form = ListForm(request.POST or None, request.FILES or None)
    if not request.user.has_perm("segments.view_members"):
        # The result would reveal whether a customer has an address.
        cast(forms.ChoiceField, form.fields["by"]).choices = [(By.ID.value, WAYS[By.ID])]
    tried = None
    if request.method == "POST":
        if not request.user.has_perm("segments.change_segment"):
            raise PermissionDenied
        if form.is_valid():
            tried, is_done = _change(request, segment, form)
            if tried and is_done:
                messages.success(request, _counts_text(tried))
                return redirect("admin:segments_segment_list", segment.pk)
    context |= {"form": form, "listed": segment.listed.count()}
    if tried:
        in_vain = IN_VAIN[Verb(form.cleaned_data["verb"])]
        if form.look_like_emails(tried.left_out):
            form.advice = str(OF_EMAILS)
        context |= {"tried": tried, "in_vain": in_vain, "expected": in_short(tried)}
    return TemplateResponse(request, "admin/segments/segment/list.html", context)


def _change(request: HttpRequest, segment: Segment, form: ListForm) -> tuple[Counts | None, bool]:
    """Return the effect of the change (None: refused), and whether the change was made.

    It is made if the effect is the one that the user has confirmed, else rolled back.
    """
    data = form.cleaned_data
    counts, is_done = None, False
    with form.explained(), transaction.atomic():
        # The result reveals whether a customer has an address.
        sees_emails = request.user.has_perm("segments.view_members")
        names = form.names(compares_emails=sees_emails)
        if names.by is By.EMAIL and not sees_emails:
            raise PermissionDenied
        counts = change_list(
            segment,
            Verb(data["verb"]),
            names,
            skip_unknown=data["skip_unknown"],
            author=request.user,
        )
        is_done = request.POST.get("expected") == in_short(counts)
        transaction.set_rollback(not is_done)
    return counts, is_done


def _at_line(line: int, reason: str) -> str:
    return _("Line %(line)d: %(reason)s") % {"line": line, "reason": reason}


def in_short(counts: Counts) -> str:
    """Return the effect of a change in the form that the confirmation sends back."""
    return f"{counts.added} {counts.removed} {counts.unknown}"


def _counts_text(counts: Counts) -> str:
    return _("%(added)s came onto the list, %(removed)s came off it.") % {
        "added": f"{counts.added:,}",
        "removed": f"{counts.removed:,}",
    }
