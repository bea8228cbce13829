"""The list of saved plans, and the page to compute a plan, save it and turn it into a segment."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.guarded import OwnLookups
from core.admin.next_page import NEXT
from core.admin.permissions import require
from core.clock import now
from core.text.formats import UNKNOWN, currency_symbol, moment_shown, number_shown
from predictions.admin.insights.numbers import money
from predictions.admin.insights.show_customers import Links
from predictions.admin.insights.training_step import MODELS, MissingScores, missing_scores
from predictions.admin.single_page import VIEW
from predictions.admin.strategies.chosen import code_explained, download, save_lists
from predictions.admin.strategies.forms import (
    stored_values,
)
from predictions.admin.strategies.plan_forms import CSV, JUDGED, KEEP, LISTS, SAVE, Desk
from predictions.admin.strategies.shown import eligible_of, plan_for_page, segment_button
from predictions.models import Strategy
from predictions.registry import models
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.plans.plan import Plan
from predictions.strategies.plans.saving import save_as_segment
from predictions.strategies.question import Question
from predictions.strategies.strategy import PartingStrategy
from predictions.strategies.strategy import Strategy as PlanStrategy
from segments.export.allowed import may_export

MAY, MAY_ADD = "predictions.optimize", "segments.add_segment"
LIST, CHANGE = (f"admin:predictions_strategy_{one}" for one in ("changelist", "change"))
METHODS = ("GET", "POST")


@admin.register(Strategy)
class StrategyAdmin(OwnLookups, admin.ModelAdmin[Strategy]):
    """The admin pages where merchants plan what to do with scores."""

    empty_text = gettext_lazy(
        "There is no plan yet. A plan says which customers to reach first within a budget, and "
        "what that may bring: win back, keep, or sell more."
    )
    change_list_template = "admin/predictions/strategy/change_list.html"
    list_display = ("named", "kind", "eligible", "chosen", "value", "reckoned")
    list_display_links = None
    ordering = ("name",)
    sortable_by = ()
    actions = None

    class Media:
        css = {"all": ["segments/admin.css", "predictions/models.css"]}

    # Permissions ------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(MAY)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    # The list ---------------------------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the saved plans, or the kinds of plans to begin with, under the title “Plans”."""
        require(request.user, [MAY])
        more = {"title": _("Plans"), "strategies": STRATEGIES.values(), **(extra_context or {})}
        return super().changelist_view(request, more)

    @admin.display(description=gettext_lazy("Name"))
    def named(self, one: Strategy) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse(CHANGE, args=[one.pk]), one.name)

    @admin.display(description=gettext_lazy("Plan"))
    def kind(self, one: Strategy) -> str:
        known = STRATEGIES.get(one.strategy)
        return one.strategy if known is None else str(known.label)

    @admin.display(description=gettext_lazy("Eligible"))
    def eligible(self, one: Strategy) -> str:
        count = None if one.result is None else eligible_of(one.result)
        return UNKNOWN if count is None else number_shown(count)

    @admin.display(description=gettext_lazy("To be contacted"))
    def chosen(self, one: Strategy) -> str:
        if one.result is None or one.result["expected_value"] is None:
            return UNKNOWN
        return number_shown(one.result["selected_count"])

    @admin.display(description=gettext_lazy("Expected value"))
    def value(self, one: Strategy) -> str:
        return money(None if one.result is None else one.result["expected_value"])

    @admin.display(description=gettext_lazy("Reckoned"))
    def reckoned(self, one: Strategy) -> str:
        return UNKNOWN if one.result_at is None else moment_shown(one.result_at)

    # The pages --------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        name = "predictions_strategy"
        return [
            path("", guarded(self.changelist_view), name=f"{name}_changelist"),
            path("add/", guarded(self.new_page), name=f"{name}_add"),
            path("<int:object_id>/change/", guarded(self.saved_plan_page), name=f"{name}_change"),
            path("<int:object_id>/delete/", guarded(self.delete_page), name=f"{name}_delete"),
        ]

    def new_page(self, request: HttpRequest) -> HttpResponseBase:
        """Show the strategies to choose from, or the page of the strategy in the query string.

        Raises Http404 for an unknown strategy, and PermissionDenied for users who may not plan.
        """
        require(request.user, [MAY])
        code = request.GET.get("strategy", "")
        if code:
            if code not in STRATEGIES:
                raise Http404
            return self._page(request, code, None)
        if request.method not in METHODS[:1]:
            return HttpResponseNotAllowed(METHODS[:1])
        context = self._head(request, _("New plan")) | {"strategies": STRATEGIES.values()}
        return TemplateResponse(request, "admin/predictions/strategy/choose.html", context)

    def saved_plan_page(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """Show a saved plan with its last result."""
        require(request.user, [MAY])
        kept = get_object_or_404(Strategy, pk=object_id, strategy__in=STRATEGIES)
        return self._page(request, kept.strategy, kept)

    def delete_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask for confirmation to delete a saved plan; segments created from the plan stay."""
        require(request.user, [MAY])
        return self.delete_view(request, str(object_id))

    def _head(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title}

    def _page(self, request: HttpRequest, code: str, kept: Strategy | None) -> HttpResponseBase:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        desk, found, data = Desk(request, code, kept), None, None
        at = kept.result_at if kept else None
        if desk.deed in JUDGED:
            question = desk.question()
            if question is not None:
                download_or_lists = self._take_chosen(request, desk, question)
                if download_or_lists is not None:
                    return download_or_lists
            found = None if question is None else desk.answer(question)
            if found is not None and question is not None:
                data, at = found.data, now()
                done = self._done(request, desk, question, found)
                if done is not None:
                    return done
        elif desk.deed == "" and kept is not None:
            data = _read_back(kept.result)
        strategy, may_add = STRATEGIES[code], request.user.has_perm(MAY_ADD)
        here = request.get_full_path()
        context = self._head(request, kept.name if kept else str(strategy.label)) | {
            "strategy": strategy,
            "scores": _missing_scores(strategy, request),
            "back": urlencode({NEXT: here}),
            "computing": {"url": here},
            "kept": kept,
            "form": desk.form,
            "lines": desk.lines,
            "is_judged": desk.deed in JUDGED,
            "has_contacts": not isinstance(strategy, PartingStrategy),
            "may_export": may_export(request.user),
            "keep": desk.keep,
            "save": desk.save,
            "may_add": may_add,
            "segment_button": segment_button(data) if may_add and not desk.lines else "",
            "currency": currency_symbol(),
            "plan": None if data is None else plan_for_page(data, Links(request.user)),
            "reckoned": "" if at is None else moment_shown(at),
        }
        return TemplateResponse(request, "admin/predictions/strategy/page.html", context)

    def _take_chosen(
        self, request: HttpRequest, desk: Desk, question: Question
    ) -> HttpResponseBase | None:
        """Download the chosen customers or save them as lists, if the request asks for that.

        Return None to stay on the page, whose forms then have the errors.
        """
        if desk.deed == CSV:
            return download(request, desk, question)
        if desk.deed == LISTS:
            require(request.user, [MAY_ADD])
            if desk.save.is_valid():
                return save_lists(request, desk, question)
        return None

    def _done(
        self, request: HttpRequest, desk: Desk, question: Question, found: Plan
    ) -> HttpResponse | None:
        """Save the plan or turn it into a segment, if asked to; None: stay on the page."""
        if desk.deed == KEEP and desk.keep.is_valid():
            return _save_plan(request, desk, question, found)
        if desk.deed == SAVE:
            require(request.user, [MAY_ADD])
            if desk.save.is_valid():
                return _save_segment(request, desk, found)
        return None


def _missing_scores(strategy: PlanStrategy, request: HttpRequest) -> MissingScores | None:
    """Return what helps where a model that `strategy` reads has no deployed version.

    Of several models, the first that waits for a step. None where no model lacks a version, and for
    users who may not see scores.
    """
    if not request.user.has_perm(VIEW):
        return None
    codes = MODELS.keys() & set(strategy.models)
    found = [
        missing_scores(model, request.user)
        for model in models().filter(code__in=codes, deployed=None)
    ]
    return next((one for one in found if not one.is_working), next(iter(found), None))


def _save_plan(
    request: HttpRequest, desk: Desk, question: Question, found: Plan
) -> HttpResponse | None:
    """Store the plan under its name; return None, with an error in the form, if that is taken."""
    at, user = now(), cast(User, request.user)
    row = desk.kept or Strategy(strategy=desk.code, created_at=at, created_by=user)
    row.name = desk.keep.cleaned_data["name"]
    row.values, row.result, row.result_at = stored_values(question), _result_as_json(found.data), at
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        desk.keep.add_error("name", _("Another plan has this name."))
        return None
    messages.success(request, _("The plan is saved."))
    return redirect(CHANGE, row.pk)


def _save_segment(request: HttpRequest, desk: Desk, found: Plan) -> HttpResponse | None:
    """Create the segment and redirect to it; None, with errors in the form, for a bad code."""
    said = desk.save.cleaned_data
    code, name = said["segment_code"], said["segment_name"]
    segment = None
    with code_explained(desk):
        segment = save_as_segment(found.tree, code=code, name=name, author=request.user)
    if segment is None:
        return None
    text = _("The segment “%(name)s” is made. It is switched off until you switch it on.")
    messages.success(request, text % {"name": segment.name})
    if request.user.has_perm("segments.view_segment"):
        return redirect("admin:segments_segment_change", segment.pk)
    return redirect(request.get_full_path())


def _result_as_json(data: Mapping[str, Any]) -> Any:
    """Return the result of a plan as JSON; the result contains no customers."""
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder))


def _read_back(result: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a stored result in the form that `plan_for_page` takes, with `as_of` as a datetime."""
    if result is None:
        return None
    as_of = result["as_of"]
    return {**result, "as_of": None if as_of is None else datetime.fromisoformat(as_of)}
