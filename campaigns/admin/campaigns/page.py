"""Campaigns: the form of a draft, and the page where one is sent, watched, paused, cancelled."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.admin.campaigns.about import (
    Line,
    Named,
    leaves_shown,
)
from campaigns.admin.campaigns.audience import (
    audience_shown,
    left_out_shown,
    may_count,
    may_list,
    note_held_back,
    recipients_shown,
)
from campaigns.admin.campaigns.buttons import change_state, send_campaign, send_test_mail
from campaigns.admin.campaigns.form import LEFT_OUT, CampaignForm, fieldsets_of
from campaigns.admin.campaigns.mail import (
    first_store,
    mail_of_nobody,
    mail_of_recipient,
    store_of_mail,
)
from campaigns.admin.campaigns.obstacles import is_stuck
from campaigns.admin.campaigns.sending import after_sending, before_sending, recipients_of
from campaigns.admin.expected import digest_of
from campaigns.admin.templates.page import CARRIED, FOR_CAMPAIGN
from campaigns.admin.trial_mail import TOP, form_of_test, wants_test
from campaigns.content.contents import contents_of
from campaigns.delivery.test_mail import preview_campaign
from campaigns.designs.catalogue import DESIGNS
from campaigns.editing.campaigns import CAMPAIGNS, EDITABLE, may_change
from campaigns.models import (
    Campaign,
    CampaignState,
    MailSender,
    MailTemplate,
    Message,
    MessageState,
)
from campaigns.pages.views import shown_mail
from campaigns.templates.problems import TemplateRefused
from core.access.personal import PERMISSION
from core.access.website_limits import is_limited
from core.clock import now
from core.resources.admin import ResourceAdmin
from core.text.formats import UNKNOWN, number_shown
from customers.api.people import customer_called

STATUS, SEND = "admin:campaigns_campaign_status", "admin:campaigns_campaign_send"


@admin.register(Campaign)
class CampaignAdmin(ResourceAdmin):
    """The admin of campaigns: their form, and the pages for sending."""

    resource, form = CAMPAIGNS, CampaignForm
    change_form_template = "admin/campaigns/campaign/change_form.html"
    change_list_template = "admin/campaigns/campaign/change_list.html"
    empty_text = gettext_lazy(
        "A campaign sends one mail to the members of segments, at once or at a time of your "
        "choice. Its page then shows what it brought."
    )
    is_shown_to_limited, of_all_websites = True, ("recipients",)
    list_display = ["named", "standing", "sends"]
    list_display_links = None
    list_filter = ["state"]
    search_fields = ["name_folded__contains", "code__contains"]

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}
        js = [Script("campaigns/audience.js", type="module")]

    @admin.display(description=gettext_lazy("Campaign"), ordering="name_folded")
    def named(self, row: Campaign) -> str:
        is_open = row.state in EDITABLE
        page = "admin:campaigns_campaign_change" if is_open else STATUS
        return format_html(
            '<a href="{}">{}</a><br><span class="segment-quiet">{}</span>',
            reverse(page, args=[row.pk]),
            row.name,
            _("Mail: %(name)s") % {"name": row.template.name},
        )

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, row: Campaign) -> str:
        return capfirst(row.get_state_display())

    @admin.display(description=pgettext_lazy("time", "Sent"), ordering="finished_at")
    def sends(self, row: Campaign) -> str:
        return leaves_shown(row) or UNKNOWN

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add the numbers of recipients, with links for users who may see them."""

        @admin.display(description=gettext_lazy("Recipients"), ordering="eligible")
        def recipients(row: Campaign) -> str:
            if not row.eligible_at:
                return UNKNOWN
            number = number_shown(row.eligible - row.held_back)
            url = recipients_of(row, request.user)
            return format_html('<a href="{}">{}</a>', url, number) if url else number

        *before, last = self.list_display
        return [*before, recipients, last]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offer designs of a first mail, where there is no campaign yet."""
        offered: dict[str, Any] = {}
        needed = ("campaigns.add_campaign", "campaigns.add_mailtemplate")
        if request.user.has_perms(needed) and not is_limited(request.user):
            address = reverse("admin:campaigns_mailtemplate_add")
            offered = {
                "designs": DESIGNS.values(),
                "new_mail": f"{address}?{FOR_CAMPAIGN}segments=",
            }
        return super().changelist_view(request, offered | (extra_context or {}))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": ["name", "code", "template", "send_at"]})]
        is_linked = not request.GET.keys().isdisjoint(LEFT_OUT)
        is_narrowed = obj is not None or request.method == "POST" or is_linked
        return fieldsets_of(obj, is_narrowed=is_narrowed)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A submitted form reports by itself why nothing can be changed any more.
        is_open = obj is None or obj.state in EDITABLE or getattr(request, "locks_row", False)
        is_allowed = is_open and (obj is None or may_change(obj, request.user))
        return is_allowed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or obj.state in EDITABLE
        return is_open and super().has_delete_permission(request, obj)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        """Redirect from a new draft to its confirmation, or to what is missing before that."""
        if "_save" in request.POST:
            may_send = request.user.has_perm("campaigns.send_campaign")
            is_ready = may_send and not is_stuck(obj, request.user)
            return redirect(SEND if is_ready else STATUS, obj.pk)
        return super().response_add(request, obj, *args)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Redirect from a draft to its page for sending, where it may be scheduled again."""
        response = super().response_change(request, obj)
        is_draft = obj.state == CampaignState.DRAFT
        return redirect(STATUS, obj.pk) if is_draft and "_save" in request.POST else response

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("template", "frozen_template__template", "coupon_rule")

    def head_of(self, request: HttpRequest, row: Campaign) -> dict[str, Any]:
        note_held_back(row)
        is_past = row.send_at is not None and not row.is_later_than(now())
        return super().head_of(request, row) | {
            "is_past": is_past and row.state == CampaignState.DRAFT,
            "may_send": request.user.has_perm("campaigns.send_campaign"),
        }

    # The pages of sending ---------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("audience/", wrap(self.audience_view), name="campaigns_campaign_audience"),
            path(
                "left-out/",
                wrap(self.people_view),
                {"title": gettext_lazy("Who does not receive it"), "shown": left_out_shown},
                name="campaigns_campaign_left_out",
            ),
            path(
                "recipients/",
                wrap(self.people_view),
                {"title": gettext_lazy("Who can be mailed"), "shown": recipients_shown},
                name="campaigns_campaign_recipients",
            ),
            path("<int:pk>/status/", wrap(self.status_view), name="campaigns_campaign_status"),
            path("<int:pk>/send/", wrap(self.send_view), name="campaigns_campaign_send"),
            path("<int:pk>/mail/", wrap(self.mail_view), name="campaigns_campaign_mail"),
            *super().get_urls(),
        ]

    def audience_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form's audience part: recipients, and exclusions with reasons.

        Raises PermissionDenied for users who may not count an audience.
        """
        if not may_count(request.user):
            raise PermissionDenied
        context = audience_shown(request.GET, request.user)
        return TemplateResponse(request, "admin/campaigns/campaign/audience.html", context)

    def people_view(
        self,
        request: HttpRequest,
        title: str,
        shown: Callable[[QueryDict, User | AnonymousUser], dict[str, Any]],
    ) -> HttpResponse:
        """List the recipients of a campaign, or those whom one reason excludes from it.

        Raises PermissionDenied for users who may not list customers.
        """
        if not may_list(request.user):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": title,
            **shown(request.GET, request.user),
        }
        return TemplateResponse(request, "admin/campaigns/campaign/people.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_count"] = may_count(request.user)
        if context["original"] is None and request.user.has_perm("campaigns.add_mailtemplate"):
            carried = urlencode(context["adminform"].form.carried())
            context |= {
                "designs": DESIGNS.values(),
                "new_mail": f"{reverse('admin:campaigns_mailtemplate_add')}?{carried}",
                "carried": " ".join(CARRIED),
                "is_first_mail": not MailTemplate.objects.exists(),
            }
        if context["original"] is not None and not is_limited(request.user):
            context["cannot_go"] = is_stuck(context["original"], request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def status_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who would get the campaign, with the reasons against the others, or the progress of
        sending; pause, resume or cancel it, or send a test of its mail.

        Raises PermissionDenied for a POST without the permission to send campaigns, or test mail.
        """
        campaign = self.row_of_page(request, str(pk))
        sender: dict[str, Any] = {}
        if "_save" in request.POST:
            # The form of a first sender: its own admin saves it, or says what is wrong.
            saved = self.admin_site.get_model_admin(MailSender).add_view(request)
            if not isinstance(saved, TemplateResponse):
                return saved
            sender = saved.context_data or {}
        elif request.method == "POST" and not wants_test(request):
            if not request.user.has_perm("campaigns.send_campaign"):
                raise PermissionDenied
            if request.POST.get("do") == "cancel" and "confirmed" not in request.POST:
                return self._ask_to_cancel(request, campaign)
            change_state(request, campaign)
            return redirect(STATUS, pk)
        is_settled = campaign.frozen_at is not None or campaign.state == CampaignState.FREEZING
        page_name = _("Result") if campaign.frozen_at else _("Sending")
        context = self.head_of(request, campaign) | {"tab": "status", "page_name": page_name}
        shown = after_sending if is_settled else before_sending
        if is_settled and wants_test(request):
            return redirect(STATUS, pk)
        context |= shown(campaign, now(), request.user)
        if sender and context.get("first_sender"):
            form = sender["adminform"].form
            context["first_sender"] = replace(context["first_sender"], form=form)
        if not is_settled:
            store = first_store(campaign, context["audience"])
            context["mail"] = mail_of_nobody(campaign, store, request.user)
            asks, replies = wants_test(request), context["mail"].replies
            if replies:  # Without a sender nothing can be tested.
                context["test"] = form_of_test(request, asks, replies)
            if send_test_mail(request, campaign, context):
                return redirect(f"{request.path}{TOP}")
            subject = Line(_("Subject"), [Named(context["mail"].subject)])
            context["about"] = [subject, *context["about"]]
        return TemplateResponse(request, "admin/campaigns/campaign/status.html", context)

    def _ask_to_cancel(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        waiting = Message.objects.filter(campaign=campaign, state=MessageState.SCHEDULED).count()
        context = self.head_of(request, campaign) | {
            "tab": "status",
            "page_name": _("Cancel the campaign"),
            "waiting": waiting,
        }
        return TemplateResponse(request, "admin/campaigns/campaign/cancel.html", context)

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for confirmation, naming the recipients and their number; send the campaign, or a
        test of a recipient's mail, on a POST.

        A campaign that cannot be sent redirects to the page that says why. Raises PermissionDenied
        for users who may not send campaigns.
        """
        campaign = self.row_of_page(request, str(pk))
        if not request.user.has_perm("campaigns.send_campaign"):
            raise PermissionDenied
        if request.method == "POST" and not wants_test(request):
            return redirect(STATUS if send_campaign(request, campaign) else SEND, pk)
        if campaign.state != CampaignState.DRAFT:
            return redirect(STATUS, pk)
        context = before_sending(campaign, now(), request.user)
        if not context["may_go"]:
            return redirect(STATUS, pk)
        asked = request.GET.get("recipient", "")
        place = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 else 0
        store = first_store(campaign, context["audience"])
        context |= self.head_of(request, campaign) | {
            "tab": "status",
            "page_name": _("Send"),
            "contents": digest_of(contents_of(campaign)),
            "store": store,
            "mail": mail_of_recipient(campaign, context["audience"], place, store, request.user),
        }
        asks, replies = wants_test(request), context["mail"].replies
        context["test"] = form_of_test(request, asks, replies)
        if send_test_mail(request, campaign, context):
            return redirect(f"{request.get_full_path()}{TOP}")
        return TemplateResponse(request, "admin/campaigns/campaign/send.html", context)

    def mail_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return only the mail as the customer of the parameter `customer` gets it, for a frame.

        It comes from the store of the parameter `store`; without a customer it reads as to nobody
        in particular. Raises PermissionDenied for users who may not view templates, or name a
        customer and may not see personal data, and Http404 for an unknown customer and where the
        template cannot be rendered.
        """
        campaign = self.row_of_page(request, str(pk))
        called = request.GET.get("customer", "")
        needed = ["campaigns.view_mailtemplate", *([PERMISSION] if called else [])]
        if not request.user.has_perms(needed):
            raise PermissionDenied
        customer = customer_called(called, request.user) if called else None
        if called and customer is None:
            raise Http404
        try:
            store = store_of_mail(campaign, request.GET.get("store", ""))
            html = preview_campaign(campaign, customer, store).html
        except TemplateRefused as error:
            raise Http404 from error
        return shown_mail(html, in_frame=True)
