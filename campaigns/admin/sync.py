"""The admin of syncs: segments and their lists in other programs, progress, refused members."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.audit import SYNC
from campaigns.editing.syncs import FIXED, SYNCS, run_now
from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.counts import counts_of
from campaigns.syncs.remote import key_doubt
from campaigns.syncs.reported_unsubscribes import webhook_url
from core.access.personal import PERMISSION
from core.access.website_limits import is_limited
from core.audit import record_look
from core.resources.admin import ResourceAdmin, ResourceForm
from core.text.formats import number_shown
from customers.models import Customer
from segments.admin.choices import SearchedChoice
from segments.models import Segment

CHANGE = "admin:campaigns_audiencesync_change"
# At most this many refused members are shown; the API returns all.
SHOWN = 50


class SyncForm(ResourceForm):
    """The form of a sync."""

    resource = SYNCS

    segment = forms.ModelChoiceField(
        Segment.objects.order_by("name_folded", "pk"),
        label=gettext_lazy("Segment"),
        to_field_name="code",
        widget=SearchedChoice,
        empty_label=None,
    )

    class Meta:
        model = AudienceSync
        fields = ("segment", "target", "list", "key_variable", "is_active")
        widgets = {"target": forms.RadioSelect}


@admin.register(AudienceSync)
class SyncAdmin(ResourceAdmin):
    """The admin of syncs."""

    resource, form = SYNCS, SyncForm
    empty_text = gettext_lazy(
        "An audience sync keeps the members of a segment in a list of another program, such as "
        "the one that sends your newsletter."
    )
    change_form_template = "admin/campaigns/audiencesync/change_form.html"
    is_shown_to_limited, of_all_websites = True, ("state_text", "there", "refused")
    list_display = ["named", "segment", "state_text", "there", "refused", "ran_at"]
    list_display_links = ["named"]
    list_select_related = ["segment"]
    list_filter = ["target", "is_active"]
    sortable_by = ()
    show_full_result_count = False

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[AudienceSync]:
        in_state = {
            f"{state}_count": _number_in(state)
            for state in (SyncMemberState.THERE, SyncMemberState.REFUSED)
        }
        rows: QuerySet[AudienceSync] = super().get_queryset(request).annotate(**in_state)
        return rows

    @admin.display(description=gettext_lazy("List"))
    def named(self, row: AudienceSync) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("State"))
    def state_text(self, row: AudienceSync) -> str:
        # An error found by a worker takes precedence over a doubt of this process.
        more = row.error or key_doubt(row)
        if not more:
            return str(row.state.label)
        return format_html('{}<br><span class="segment-quiet">{}</span>', row.state.label, more)

    @admin.display(description=gettext_lazy("In the list"))
    def there(self, row: Any) -> str:
        return number_shown(row.there_count)

    @admin.display(description=gettext_lazy("Refused"))
    def refused(self, row: Any) -> str:
        return number_shown(row.refused_count)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [*FIXED, "key_variable", "is_active"]
        is_form = obj is None or self.has_change_permission(request, obj)
        return [(None, {"fields": [*shown, "opened_version"] if is_form else shown})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(FIXED) if obj else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        sync = context.get("original")
        if sync is not None and not is_limited(request.user):
            context |= self._how_it_goes(request, sync)
        return super().render_change_form(request, context, *args, **kwargs)

    def _how_it_goes(self, request: HttpRequest, sync: AudienceSync) -> dict[str, Any]:
        may_change = self.has_change_permission(request, sync)
        counts = counts_of([sync.pk])[sync.pk]
        return {
            "key_doubt": key_doubt(sync),
            "counts": counts,
            "is_working": sync.is_active and bool(counts["entering"] + counts["leaving"]),
            "members": _refused_members(request, sync),
            "may_run": may_change and sync.is_active,
            "webhook_url": webhook_url(sync) if may_change else "",
        }

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/run/", wrap(self.run_view), name="campaigns_audiencesync_run"),
            *super().get_urls(),
        ]

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have all members compared with the list as soon as possible.

        Raises PermissionDenied for users who may not change syncs and Http404 for an unknown sync.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        sync = AudienceSync.objects.filter(pk=pk).first()
        if sync is None:
            raise Http404
        run_now(sync, author=request.user)
        messages.success(request, _("Everybody is compared with the list as soon as possible."))
        return redirect(CHANGE, pk)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name only the syncs: their members are deleted with them, and may be millions."""
        return [str(one) for one in objs], {}, set(), []


def _number_in(state: SyncMemberState) -> Coalesce:
    """Return how many of a sync's members are in `state`, as SQL that only the list's rows ask."""
    members = SyncMember.objects.filter(sync=OuterRef("pk"), state=state).order_by()
    return Coalesce(Subquery(members.values("sync").annotate(n=Count("pk")).values("n")), 0)


def _refused_members(request: HttpRequest, sync: AudienceSync) -> list[dict[str, Any]]:
    """Return the first refused members; none to users who may not view members.

    Showing addresses is recorded in the audit log.
    """
    if not request.user.has_perm("segments.view_members"):
        return []
    refused = Q(state=SyncMemberState.REFUSED) | Q(state=SyncMemberState.LEAVING) & ~Q(error="")
    rows = list(SyncMember.objects.filter(refused, sync=sync).order_by("pk")[:SHOWN])
    sees = request.user.has_perm(PERMISSION)
    customers = Customer.objects.filter(pk__in=[row.customer_id for row in rows])
    whose = {
        pk: (code, email) for pk, code, email in customers.values_list("pk", "external_id", "email")
    }
    if rows and sees:
        record_look(request.user, SYNC, str(sync.pk), "members", rows=len(rows))
    found = []
    for row in rows:
        code, email = whose.get(row.customer_id, ("", ""))
        found.append({"customer": code, "address": email if sees else "", "error": row.error})
    return found
