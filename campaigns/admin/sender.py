"""The admin of the stores' mail senders and of their brand."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.trial_mail import TOP, TestForm, form_of_test, send_tests, wants_test
from campaigns.content.brand import MAIN_COLOR, WHITE
from campaigns.delivery.test_mail import SAMPLE, preview_design, send_test_of_sender
from campaigns.designs.catalogue import DESIGNS
from campaigns.editing.senders import ADDRESSES, BRAND, FIELDS, SENDERS, free_stores
from campaigns.models import MailSender
from campaigns.pages.views import shown_mail
from core.admin.next_page import LeadsBack, next_page
from core.problems import Invalid, Problem
from core.resources.admin import ResourceAdmin, ResourceForm


def _color_input(label: Any, shown: str) -> forms.TextInput:
    """Return a field `label` with a picker, which shows the color `shown` while it is empty."""
    pick = format_lazy(gettext_lazy("Pick a colour for “{field}”"), field=capfirst(label))
    return forms.TextInput(attrs={"class": "vTextField", "data-color": shown, "data-pick": pick})


class SenderForm(ResourceForm):
    """Who mail comes from and what it shows of the shop; a new sender is for all stores or one."""

    resource = SENDERS

    class Meta:
        model = MailSender
        fields = ("store", *FIELDS)
        widgets = {
            "logo_url": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "main_color": _color_input(MailSender.main_color.field.verbose_name, MAIN_COLOR),
            "button_text_color": _color_input(
                MailSender.button_text_color.field.verbose_name, WHITE
            ),
            "postal_address": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4}),
        }

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.stored is None or self.stored.is_default:
            # A new sender is the default if no store is chosen for it, and stays the default until
            # another sender is made the default.
            self.fields.pop("is_default", None)
        if self.stored is None:
            stores: Any = self.fields["store"]
            stores.label = _("Sends for")
            stores.queryset = SENDERS.stores_for_exceptions()
            stores.required = False
            # No store is made or changed here.
            for link in ("can_add_related", "can_change_related", "can_view_related"):
                setattr(stores.widget, link, False)
            default = SENDERS.default()
            if default is None:
                stores.empty_label = _("All stores")
                stores.help_text = _(
                    "One sender for all stores is usual. Choose a store only if its mail has "
                    "another sender or another brand than that of the other stores."
                )
            else:
                stores.help_text = format_html(
                    '{} <a href="{}">{}</a>',
                    _("All other stores keep the sender for all stores:"),
                    _address_of(default),
                    default.from_email,
                )

    def document(self) -> dict[str, Any]:
        document = super().document()
        if self.stored is None:
            document["is_default"] = self.cleaned_data.get("store") is None
        return document

    def new_row(self) -> MailSender:
        store = self.cleaned_data.get("store")
        if store is None and SENDERS.default() is not None:
            text = _("There is a sender for all stores already: choose a store or change that one.")
            raise Invalid([Problem("store", "default_exists", text)])
        store = store or free_stores().first()
        if store is None:
            text = _(
                "Each store has a sender of its own already: open one of them and make it the "
                "default sender."
            )
            raise Invalid([Problem("store", "no_free_store", text)])
        return MailSender(store=store)

    def field_of(self, problem: Problem) -> str:
        if problem.code == "incomplete":
            return "postal_address" if self.cleaned_data.get("from_email") else "from_email"
        return super().field_of(problem)


@admin.register(MailSender)
class SenderAdmin(LeadsBack, ResourceAdmin):
    """One sender for all stores, and others for stores that need one of their own."""

    resource, form = SENDERS, SenderForm
    change_form_template = "admin/campaigns/mailsender/change_form.html"
    empty_text = gettext_lazy(
        "No mail can be sent yet: it needs a sender with an address and a postal address. One "
        "sender is enough for all stores."
    )
    list_display = ["sends_for", "from_name", "from_email", "is_ready"]
    list_select_related = ["store"]

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}
        js = [Script("campaigns/colors.js", type="module")]

    @admin.display(description=gettext_lazy("Sends for"))
    def sends_for(self, row: MailSender) -> str:
        if row.is_default:
            return _("All stores without a sender of their own")
        return str(row.store.name)

    @admin.display(description=gettext_lazy("Complete"), boolean=True)
    def is_ready(self, row: MailSender) -> bool:
        return row.is_complete

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        is_open = obj is None or self.has_change_permission(request, obj)
        scope = "sends_for" if obj else "store"
        default = ["is_default"] if obj and not obj.is_default else []
        more = ["opened_version"] if is_open else []
        return [
            (None, {"fields": [scope, "from_name", *ADDRESSES, *default]}),
            (
                gettext_lazy("Brand"),
                {
                    "fields": [*BRAND, "postal_address", *more],
                    "description": gettext_lazy(
                        "Mails that you begin with a design from now on show this logo and these "
                        "colours, and follow when you change them here. Mails that exist already "
                        "stay as they are."
                    ),
                },
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["store", "sends_for"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Redirect to the sender for all stores if no store can get one of its own beside it."""
        default = SENDERS.default() if request.method == "GET" else None
        if (
            default is not None
            and not SENDERS.stores_for_exceptions().exists()
            and self.has_add_permission(request)
            and self.has_view_permission(request)
        ):
            text = _(
                "This is the sender for all stores. There is no store without a sender that "
                "another one could be for."
            )
            self.message_user(request, text, messages.INFO)
            return redirect(_address_of(default))
        return super().add_view(request, form_url, extra_context)

    # Test mail --------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show or save the form; where its button for test mail was pressed, send the test then.

        Raises PermissionDenied for users who may not send test mail and ask for it.
        """
        test = form_of_test(request, wants_test(request))
        context = {**(extra_context or {}), "test": test}
        response = super().changeform_view(request, object_id, form_url, context)
        saved: MailSender | None = getattr(request, "saved_sender", None)
        if test is None or saved is None:
            return response
        # Sent after the commit: a slow mail server would keep the stores locked.
        return self._send_test(request, saved, test, response)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if wants_test(request):
            request.saved_sender = obj  # type: ignore[attr-defined]

    def _send_test(
        self, request: HttpRequest, sender: MailSender, test: TestForm, saved: HttpResponse
    ) -> HttpResponse:
        """Send the test of a saved `sender` and return the response to it.

        The response leads to where `saved` leads if the page was opened by another page, else back
        to the page of `sender`, which also shows why no test was sent.
        """
        page, query = _address_of(sender), request.GET.urlencode()
        page = f"{page}?{query}" if query else page
        further = "" if next_page(request) else _link_to_campaign(request)
        if send_tests(request, test, partial(send_test_of_sender, sender), further):
            return saved if next_page(request) else redirect(f"{page}{TOP}")
        why = format_html('<a href="#test">{}</a>', _("See why"))
        messages.error(request, format_html("{} {}", _("The test was not sent."), why))
        request.method = "GET"  # The form is stored: it is shown as it is stored now.
        return super().changeform_view(request, str(sender.pk), page, {"test": test})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row, test = context["original"], context["test"]
        if row is not None and not self.has_change_permission(request, row):
            context["test"] = None
        elif row is not None and test is not None and not test.is_bound:
            test.initial["to"] = test.initial["to"] or row.reply_to or row.from_email
        return super().render_change_form(request, context, *args, **kwargs)

    # Pages of their own -----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "campaigns_mailsender"
        return [
            path("brand/", wrap(self.brand_view), name=f"{name}_brand"),
            path("<int:pk>/sample/", wrap(self.sample_view), name=f"{name}_sample"),
            *super().get_urls(),
        ]

    def brand_view(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the brand of the sender for all stores, or to that of a new sender.

        Where only some stores have senders, redirect to the list of these.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        senders = MailSender.objects.order_by("-is_default", "pk")[:2]
        if senders and (senders[0].is_default or len(senders) == 1):
            url = _address_of(senders[0])
        elif senders or not self.has_add_permission(request):
            return redirect("admin:campaigns_mailsender_changelist")
        else:
            url = reverse("admin:campaigns_mailsender_add")
        return redirect(url)

    def sample_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return a new mail of the sender alone, for a frame that runs no scripts."""
        sender = self.row_of_page(request, str(pk))
        return shown_mail(preview_design(DESIGNS[SAMPLE], sender).html, in_frame=True)


def _link_to_campaign(request: HttpRequest) -> SafeString | str:
    """Return the link to a new campaign; "" without permission."""
    if not request.user.has_perms(["campaigns.view_campaign", "campaigns.add_campaign"]):
        return ""
    url = reverse("admin:campaigns_campaign_add")
    return format_html('<a href="{}">{}</a>', url, _("Send to a segment"))


def _address_of(sender: MailSender) -> str:
    return reverse("admin:campaigns_mailsender_change", args=[sender.pk])
