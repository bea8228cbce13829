"""Sequences: their form, the timeline of both triggers of a segment, and the customers in them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.admin.coupon_rule import new_coupon_rule
from campaigns.admin.expected import check_seen, expected_of
from campaigns.admin.sequences.form import STEP, SequenceForm
from campaigns.admin.sequences.runs import places
from campaigns.admin.sequences.start import can_start, start_context
from campaigns.admin.sequences.steps import BaseSteps
from campaigns.admin.sequences.timeline import begins, timeline_of
from campaigns.audience.freezing import NotSent
from campaigns.audience.senders import has_sender
from campaigns.designs.catalogue import DESIGNS
from campaigns.editing.sequences import SEQUENCES, resume_sequence
from campaigns.models import Message, MessageState, Run, RunState, Sequence, Trigger
from campaigns.sequences.members import ask_to_start
from campaigns.words import refusal_text
from core.access.personal import Kind, may_see
from core.admin.next_page import page_leading_back
from core.api.refusals import Refused
from core.clock import now
from core.problems import Invalid
from core.resources.admin import ResourceAdmin
from core.text.formats import UNKNOWN, number_shown

STATUS, ADD_RULE = "admin:campaigns_sequence_status", "price_rules.add_cartpricerule"
# Sequences of deleted segments, which have no name any more, come last.
BY_NAME = F("segment__name_folded").asc(nulls_last=True)
MESSAGES = Message.objects.filter(sequence=OuterRef("pk")).order_by().values("sequence")


@admin.register(Sequence)
class SequenceAdmin(ResourceAdmin):
    """The admin of sequences, whose mails follow entering and leaving a segment."""

    resource, form = SEQUENCES, SequenceForm
    change_form_template = "admin/campaigns/sequence/change_form.html"
    empty_text = gettext_lazy(
        "A sequence sends mails to each customer who enters or leaves a segment, one after the "
        "other. It ends early when you want it to."
    )
    is_shown_to_limited, of_all_websites = True, ("standing", "next_due", "sent")
    list_display = ["named", "standing", "next_due", "sent", "updated_at"]
    list_display_links = None
    list_filter = ["is_active", "trigger"]
    ordering = [BY_NAME, "trigger", "pk"]
    list_select_related = ["segment"]
    search_fields = ["segment__name_folded__contains", "segment_code__contains"]

    class Media:
        css = {
            "all": [
                *("segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"),
                "campaigns/sequences.css",
            ]
        }

    # The list ---------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sequence]:
        due = MESSAGES.filter(state=MessageState.SCHEDULED).annotate(at=Min("due_at")).values("at")
        sent = MESSAGES.filter(state=MessageState.SENT).annotate(n=Count("pk")).values("n")
        held = MESSAGES.filter(~has_sender(), state=MessageState.SCHEDULED)
        like_named = Sequence.objects.filter(
            trigger=OuterRef("trigger"), segment__name=OuterRef("segment__name")
        )
        found: QuerySet[Sequence] = super().get_queryset(request)
        return found.select_related("segment").annotate(
            without_sender=Coalesce(
                Subquery(held.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0
            ),
            due=Subquery(due, output_field=DateTimeField()),
            sends=Coalesce(Subquery(sent, output_field=IntegerField()), 0),
            is_ambiguous=Exists(like_named.exclude(pk=OuterRef("pk"))),
        )

    @admin.display(description=gettext_lazy("Sequence"), ordering=BY_NAME)
    def named(self, row: Any) -> str:
        name = row.segment.name if row.segment else row.segment_code
        if row.is_ambiguous:
            name = f"{name} ({row.segment_code})"
        return format_html(
            '<a href="{}">{}</a>', reverse(STATUS, args=[row.pk]), begins(row.trigger, name)
        )

    @admin.display(description=gettext_lazy("State"), ordering="is_active")
    def standing(self, row: Any) -> str:
        if not row.is_active:
            return _("not active")
        if row.pause_reason:
            return _("paused: %(reason)s") % {"reason": refusal_text(row.pause_reason)}
        if row.segment is None or not row.segment.is_active:
            return _("active, but its segment is not")
        if row.without_sender:
            text = ngettext(
                "active, %(n)s mail waits: its store has no sender",
                "active, %(n)s mails wait: their stores have no sender",
                row.without_sender,
            )
            return text % {"n": number_shown(row.without_sender)}
        return _("active")

    @admin.display(description=gettext_lazy("Next mail"), ordering="due")
    def next_due(self, row: Any) -> Any:
        return row.due if row.due and row.is_active else None

    @admin.display(description=gettext_lazy("Sent"), ordering="sends")
    def sent(self, row: Any) -> str:
        return number_shown(row.sends) if row.sends else UNKNOWN

    # The form ---------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("Segment"))
    def about(self, row: Sequence) -> str:
        if row.segment is None:
            return _("%(code)s (gone)") % {"code": row.segment_code}
        return row.segment.name

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        of = ["about", "trigger"] if obj else ["segment", "trigger"]
        timed = ["send_time"] if apps.is_installed("personalization") else []
        again = ["reentry", "reentry_days", "max_sends"]
        is_open = obj is None or self.has_change_permission(request, obj)
        more = ["opened_version"] if is_open else []
        folded = {"classes": ["collapse"] if obj is None else []}
        return [
            (None, {"fields": [*of, "stop_on_order", "is_active"]}),
            (
                gettext_lazy("How often, and at what time of day"),
                {"fields": [*again, *timed, "on_definition_change", *more], **folded},
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["about", "trigger"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change = super().has_change_permission(request, obj)
        is_free = obj is None or not obj.is_active
        return may_change and (is_free or request.user.has_perm("campaigns.send_campaign"))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context["original"]
        if row is None or self.has_change_permission(request, row):
            context |= _links_to_missing(request, context["adminform"].form.steps)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        """Redirect to the timeline, where the sequence is turned on."""
        response = super().response_add(request, obj, *args)
        return redirect(STATUS, obj.pk) if "_save" in request.POST else response

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        response = super().response_change(request, obj)
        return redirect(STATUS, obj.pk) if "_save" in request.POST else response

    def head_of(self, request: HttpRequest, row: Sequence) -> dict[str, Any]:
        name = row.segment.name if row.segment else row.segment_code
        return super().head_of(request, row) | {
            "title": _("Mails for “%(segment)s”") % {"segment": name},
            "segment_name": name,
            "both": _sequences_by_trigger(row),
            "may_see_runs": may_see(request.user, Kind.NAME, names="segments.view_members"),
        }

    # The pages of both ------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "campaigns_sequence"
        return [
            path("<int:pk>/status/", wrap(self.status_view), name=f"{name}_status"),
            path("<int:pk>/start/", wrap(self.start_view), name=f"{name}_start"),
            path("<int:pk>/runs/", wrap(self.runs_view), name=f"{name}_runs"),
            *super().get_urls(),
        ]

    def status_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the mails of both triggers on a timeline, with their outcomes; turn the sequence on
        or off.

        Raises PermissionDenied for a POST by users who may not send.
        """
        sequence = self._sequence(request, pk)
        may_send = self._may_send(request, sequence)
        if request.method == "POST":
            if not may_send:
                raise PermissionDenied
            self._do(request, sequence)
            return redirect(STATUS, pk)
        head = self.head_of(request, sequence)
        context = head | {
            "tab": "status",
            "page_name": _("Timeline"),
            "timelines": [timeline_of(one) for one in head["both"].values() if one],
            "missing": [
                (trigger, begins(trigger, head["segment_name"]))
                for trigger, one in head["both"].items()
                if one is None
            ],
            "may_send": may_send,
            "may_add": self.has_add_permission(request),
            "mail_is_off": not settings.MAIL_ENABLED,
        }
        return TemplateResponse(request, "admin/campaigns/sequence/status.html", context)

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show which present members a start would reach; start the sequence for them on a POST.

        Raises PermissionDenied for users who may not send.
        """
        sequence = self._sequence(request, pk)
        if not self._may_send(request, sequence):
            raise PermissionDenied
        if request.method == "POST":
            self._run_action(request, partial(_start, request, sequence))
            return redirect(STATUS, pk)
        if not can_start(sequence):
            return redirect(STATUS, pk)
        context = self.head_of(request, sequence) | start_context(sequence)
        context |= {"tab": "status", "page_name": _("Start for the present members")}
        return TemplateResponse(request, "admin/campaigns/sequence/start.html", context)

    def runs_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List the customers in the sequences: which mail comes next for each, or why none does.

        Raises PermissionDenied for users who may not see runs.
        """
        sequence = self._sequence(request, pk)
        head = self.head_of(request, sequence)
        if not head["may_see_runs"]:
            raise PermissionDenied
        sequences = [one for one in head["both"].values() if one]
        context = head | places(request, sequence, sequences)
        context |= {"tab": "runs", "page_name": _("Who is where")}
        return TemplateResponse(request, "admin/campaigns/sequence/runs.html", context)

    def _sequence(self, request: HttpRequest, pk: int) -> Sequence:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Sequence | None = Sequence.objects.select_related("segment").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _may_send(self, request: HttpRequest, sequence: Sequence) -> bool:
        is_free = self.has_change_permission(request, sequence)
        return is_free and request.user.has_perm("campaigns.send_campaign")

    def _do(self, request: HttpRequest, sequence: Sequence) -> None:
        """Run the action of the pressed button, and show its result as a message."""
        pressed, author = request.POST.get("do", ""), request.user
        if pressed == "resume":
            self._run_action(request, partial(resume_sequence, sequence, author=author))
        elif pressed in ("activate", "deactivate"):
            is_on = pressed == "activate"
            self._run_action(
                request, partial(SEQUENCES.change, sequence, {"is_active": is_on}, author=author)
            )

    @staticmethod
    def _run_action(request: HttpRequest, do: Callable[[], object]) -> None:
        """Run the action, and show the reason if it is refused."""
        try:
            do()
        except NotSent as error:
            messages.error(request, refusal_text(error.code))
        except Invalid as error:
            for problem in error.problems:
                step = STEP.fullmatch(problem.path)
                values = {"number": int(step[1]) + 1 if step else "", "message": problem.message}
                text = _("Step %(number)s: %(message)s") if step else "%(message)s"
                messages.error(request, text % values)
        except Refused as error:
            raise PermissionDenied from error
        except Sequence.DoesNotExist as error:
            raise Http404 from error

    # Deleting ---------------------------------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_free = obj is None or not obj.is_active
        return is_free and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name only the sequences: their runs may be very many."""
        return [str(one) for one in objs], {}, set(), []


def _links_to_missing(request: HttpRequest, steps: BaseSteps) -> dict[str, Any]:
    """Return the URLs that lead to a new mail, and to a price rule where steps can choose none.

    Both lead back to the page of `request`. Users without the permission to add one get none.
    """
    found: dict[str, Any] = {}
    back = request.get_full_path()
    if request.user.has_perm("campaigns.add_mailtemplate"):
        url = page_leading_back("admin:campaigns_mailtemplate_add", back)
        is_first = not steps.offers("templates")
        found |= {"designs": DESIGNS.values(), "new_mail": url, "is_first_mail": is_first}
    if not steps.offers("rules") and request.user.has_perm(ADD_RULE):
        found["new_rule"] = new_coupon_rule(back)
    return found


def _sequences_by_trigger(sequence: Sequence) -> dict[str, Sequence | None]:
    """Return the sequences of its segment by trigger; only itself if the segment is deleted."""
    found: dict[str, Sequence | None] = {sequence.trigger: sequence}
    if sequence.segment is not None:
        rows = Sequence.objects.filter(segment=sequence.segment).select_related("segment")
        stored = {one.trigger: one for one in rows}
        found = {trigger.value: stored.get(trigger) for trigger in Trigger}
    return found


def _start(request: HttpRequest, sequence: Sequence) -> None:
    """Start `sequence` if its segment still has the number of members that the page showed.

    Above CONFIRM_ABOVE members, the segment's code must have been typed.
    """
    expected = expected_of(request)
    if expected > settings.CONFIRM_ABOVE and request.POST.get("code") != sequence.segment_code:
        messages.error(request, _("Type the segment's code to start it for so many."))
        return

    at = now()
    asked = ask_to_start(
        sequence, at, expected=expected, author=request.user, before=partial(check_seen, request)
    )
    if asked.starting_at is not None:
        messages.success(request, _("It is being started for the present members."))
        return
    started = Run.objects.filter(
        sequence=sequence, change=None, started_at=at, state=RunState.STARTED
    ).count()
    text = ngettext(
        "It was started for %(n)s of %(members)s member.",
        "It was started for %(n)s of %(members)s members.",
        asked.started_members,
    )
    values = {"n": number_shown(started), "members": number_shown(asked.started_members)}
    messages.success(request, text % values)
