"""The Look-alikes page: the number of customers to take, its precision, and saving a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access.website_limits import websites_of
from core.admin.permissions import require
from core.problems import Invalid, Locked
from core.text.formats import number_shown
from segments.database.concurrency_limit import TOO_MANY, TooMany, turn
from segments.lookalikes.finding import find_lookalikes
from segments.lookalikes.question import MOST_EXCLUDED, MOST_LEFT_OUT, LookalikeQuestion
from segments.lookalikes.result import Lookalikes
from segments.lookalikes.saving import save_lookalikes
from segments.models import Segment
from segments.rules.website_limits.websites import seen_by

MAY_ADD = "segments.add_segment"
# Sizes for which the page shows the precision, up to the number of customers.
SIZES = (50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000)
OF_FIELDS = {"size": "size", "exclude_segments": "exclude", "leave_out": "leave_out"}


@dataclass(frozen=True)
class SizeLine:
    """A number of customers to take, and its precision in the back-test."""

    size: int
    precision: float
    is_chosen: bool


class LookalikesForm(forms.Form):
    """The number of look-alikes to find, and the customers and products to leave out."""

    size = forms.IntegerField(
        label=gettext_lazy("How many customers"), min_value=1, max_value=1_000_000, initial=500
    )
    exclude = forms.MultipleChoiceField(
        label=gettext_lazy("Leave out the members of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    leave_out = forms.CharField(
        label=gettext_lazy("Products that do not count"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One SKU in each line. A product that the segment is defined by says nothing about"
            " anybody else."
        ),
    )

    def __init__(self, segment: Segment, user: Any, *args: Any) -> None:
        super().__init__(*args)
        self.allowed_websites = websites_of(user)
        others = seen_by(Segment.objects.exclude(pk=segment.pk), user)
        others = others.order_by("priority", "name", "pk")
        field = cast(forms.MultipleChoiceField, self.fields["exclude"])
        field.choices = list(others.values_list("code", "name"))

    def clean_exclude(self) -> list[str]:
        return self._at_most("exclude", list(self.cleaned_data["exclude"]), MOST_EXCLUDED)

    def clean_leave_out(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["leave_out"].splitlines()]
        return self._at_most("leave_out", [line for line in lines if line], MOST_LEFT_OUT)

    def question(self) -> LookalikeQuestion:
        """Return what the valid form asks."""
        data = self.cleaned_data
        return LookalikeQuestion(
            size=data["size"],
            exclude=data["exclude"],
            leave_out=data["leave_out"],
            allowed_websites=self.allowed_websites,
        )

    def _at_most(self, field: str, values: list[str], most: int) -> list[str]:
        if len(values) > most:
            self.add_error(field, _("At most %(most)d are allowed here.") % {"most": most})
        return values


class SaveForm(forms.Form):
    """The code and name of a new segment; a reason where the score is no better than chance."""

    code = forms.CharField(label=gettext_lazy("Code of the new segment"), max_length=64)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=255)
    reason = forms.CharField(
        label=gettext_lazy("Reason for saving all the same"), required=False, max_length=500
    )


def lookalikes_page(
    request: HttpRequest, segment: Segment, context: dict[str, Any]
) -> HttpResponse:
    """Show what the query string asks for; on POST save that as a list and go to it."""
    form = LookalikesForm(segment, request.user, request.GET if "size" in request.GET else None)
    save = SaveForm(request.POST if request.method == "POST" else None)
    context |= {"form": form, "save": save, "problem": "", "found": None, "may_add": _adds(request)}
    if form.is_bound and form.is_valid():
        try:
            with turn(cast(User, request.user)):
                if request.method == "POST" and save.is_valid():
                    saved = _save(request, segment, form.question(), save)
                    if saved is not None:
                        return redirect("admin:segments_segment_members", saved.pk)
                found = find_lookalikes(segment, form.question())
            context |= {"found": found, "lines": list(_lines(found))}
        except TooMany:
            context["problem"] = str(TOO_MANY)
        except Locked as error:
            context["problem"] = error.problems[0].message
        except Invalid as error:
            for one in error.problems:
                form.add_error(OF_FIELDS.get(one.field), one.message)
    return TemplateResponse(request, "admin/segments/segment/lookalikes.html", context)


def _adds(request: HttpRequest) -> bool:
    return request.user.has_perm(MAY_ADD)


def _save(
    request: HttpRequest, segment: Segment, question: LookalikeQuestion, form: SaveForm
) -> Segment | None:
    """Return the saved segment; None where the form says why there is none."""
    require(request.user, [MAY_ADD])
    data = form.cleaned_data
    try:
        found, saved = save_lookalikes(
            segment,
            question,
            code=data["code"],
            name=data["name"],
            override_reason=data["reason"],
            author=request.user,
        )
    except Locked as error:
        problem = error.problems[0]
        form.add_error("reason" if problem.code.startswith("no_better") else "code", str(problem))
        return None
    except Invalid as error:
        for one in error.problems:
            form.add_error("name" if one.field == "name" else "code", one.message)
        return None
    text = ngettext(
        "The list “%(name)s” of %(count)s customer is made.",
        "The list “%(name)s” of %(count)s customers is made.",
        found.size,
    )
    messages.success(request, text % {"name": saved.name, "count": number_shown(found.size)})
    return saved


def _lines(found: Lookalikes) -> Iterator[SizeLine]:
    """Yield how good a choice of different sizes is, the size that was asked for among them."""
    most = len(found.backtest.hits)
    for size in sorted({*(one for one in SIZES if one <= most), min(found.wanted, most)}):
        yield SizeLine(size, found.backtest.precision_at(size), size == found.wanted)
