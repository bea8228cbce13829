"""Messages in the admin: their outcomes, and decisions on uncertain ones."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.delivery.lifecycle import WrongState, resolve
from campaigns.models import Message, MessageState, Sequence
from campaigns.words import reason_text, sender_label
from core.admin.guarded import GuardedAdmin, shows
from core.admin.rights import ViewOnly
from core.clock import now
from core.text.folding import fold

DECISIONS = ("sent", "again")


class MessageList(ChangeList):
    """A list that finds nothing for a text that cannot be stored, instead of everything."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> QuerySet[Message]:
        found: QuerySet[Message] = super().get_queryset(request, exclude_parameters)
        return found.none() if "\0" in request.GET.get(SEARCH_VAR, "") else found


class SequenceFilter(admin.RelatedOnlyFieldListFilter):
    """Filter by a sequence that has messages; load their names with one query."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> Any:
        used = model_admin.get_queryset(request).order_by().values("sequence")
        rows = Sequence.objects.filter(pk__in=used).select_related("segment")
        return [(row.pk, str(row)) for row in rows]


@admin.register(Message)
class MessageAdmin(ViewOnly, GuardedAdmin, admin.ModelAdmin[Message]):
    """Read only, except for decisions about uncertain messages."""

    empty_text = gettext_lazy(
        "Each mail to one customer stands here, with what became of it. The first ones appear "
        "when a campaign or a sequence sends."
    )
    list_display = ["id", "sent_by", "customer", "state", "why", "due_at", "sent_at"]
    list_filter = [
        "state",
        "reason",
        "kind",
        ("campaign", admin.RelatedOnlyFieldListFilter),
        ("sequence", SequenceFilter),
    ]
    list_select_related = ["campaign", "sequence__segment", "customer"]
    # Folded as a whole, so that the index is used.
    search_fields = ["customer__external_id_folded__exact"]
    search_help_text = gettext_lazy("The whole number of a customer.")
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-pk"]
    fields = [
        "kind",
        "campaign",
        "sequence",
        "step",
        "customer",
        "store",
        "address",
        "state",
        "why",
        "reply",
        "attempts",
        "due_at",
        "claimed_at",
        "sent_at",
        "message_id",
        "template",
        "variant",
        "coupon",
        "delivered_at",
        "bounced_at",
        "complained_at",
        "unsubscribed_at",
        "opened_at",
        "opens",
        "clicked_at",
        "clicks",
        "external_campaign",
        "external_sequence",
    ]
    linked = ("customer",)
    actions = None
    change_form_template = "admin/campaigns/message/change_form.html"

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return (
            super()
            .get_queryset(request)
            .select_related("campaign", "sequence__segment", "customer", "coupon")
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MessageList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        # A single term: a customer number may contain blanks.
        number = fold(search_term.strip())
        if not number or not self.get_search_fields(request):
            return queryset, False
        return queryset.filter(customer__external_id_folded=number), False

    @shows("campaign", "sequence", "external_campaign", "external_sequence", "variant")
    @admin.display(description=gettext_lazy("Sent by"))
    def sent_by(self, row: Message) -> str:
        name = sender_label(row)
        if not row.variant:
            return name
        variant = _("variant %(code)s") % {"code": row.variant}
        # There is no room for a separate column on a screen.
        return format_html('{}<br><span class="segment-quiet">{}</span>', name, variant)

    @shows("reason")
    @admin.display(description=gettext_lazy("Reason"), ordering="reason")
    def why(self, row: Message) -> str:
        return reason_text(row.reason) or "–"

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a message; users with the permission decide what became of an uncertain one.

        Raises Http404 for a decision about a message that does not exist, without the permission,
        or with an unknown value.
        """
        row = self.get_object(request, object_id)
        may_resolve = request.user.has_perm("campaigns.resolve_uncertain")
        if request.method == "POST":
            decision = request.POST.get("as", "")
            if row is None or not may_resolve or decision not in DECISIONS:
                raise Http404
            try:
                resolve(row, decision, now(), author=request.user)
            except WrongState as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("It is decided."))
            return redirect(request.path)
        is_open = row is not None and row.state == MessageState.UNCERTAIN
        extra = {"may_resolve": may_resolve and is_open}
        return super().change_view(request, object_id, extra_context=extra)
