"""Mail templates: the form, previews on desktop and phone, test mail."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.templates.designs import begin_with, designs_offered, home_page
from campaigns.admin.templates.draft import draft_as_html, draft_as_text
from campaigns.admin.templates.names import NAMES_OFFERED, names_written, placements_written
from campaigns.admin.trial_mail import TOP, form_of_test, send_tests
from campaigns.content.contents import content_of
from campaigns.delivery.test_mail import preview_content, send_test
from campaigns.editing.templates import ON_ITS_WAY, TEMPLATES, as_problem, may_change
from campaigns.models import MailTemplate
from campaigns.pages.views import shown_mail
from campaigns.templates.content import PARTS
from campaigns.templates.problems import TemplateRefused
from core.access.personal import PERMISSION
from core.admin.next_page import NEXT, LeadsBack, next_page
from core.resources.admin import ResourceAdmin, ResourceForm
from core.text.formats import first_names, in_quotes
from customers.models import Customer

# Begins the URL parameters that hold fields of a new campaign which waits for its mail.
FOR_CAMPAIGN = "for_"
# The fields that are carried there and back, lists with commas between the codes.
CARRIED = (
    *("segments", "name", "code", "exclude_segments", "stores", "match", "send_at", "send_time"),
    *("coupon_rule", "respects_holdout", "experiment"),
    *("test_share", "decide_after_hours", "optimize_for"),
)
# How many customers are offered for the preview.
MOST_OFFERED = 10


class TemplateForm(ResourceForm):
    """All of a template."""

    resource = TEMPLATES

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("The name by which other systems know it; empty: made of the name."),
    )

    class Meta:
        model = MailTemplate
        fields = ("code", "name", *PARTS, "format")
        widgets = {
            "html": forms.Textarea(attrs={"rows": 24, "class": "mail-source"}),
            "text": forms.Textarea(attrs={"rows": 8, "class": "mail-source"}),
            "subject": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "preheader": forms.TextInput(attrs={"class": "vLargeTextField"}),
        }
        labels = {"preheader": gettext_lazy("Preview text")}
        help_texts = {
            "preheader": gettext_lazy("What mail programs show next to the subject."),
            "html": gettext_lazy(
                "With names such as {{ customer.first_name|default:'friend' }} in it. The link to "
                "unsubscribe and the postal address are added where they are missing."
            ),
            "text": gettext_lazy("Empty: made of the body."),
        }

    class Media:
        js = [Script(f"campaigns/{name}.js", type="module") for name in ("draft", "words")]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.stored is not None and not may_change(self.stored, self.author):
            # A campaign or sequence with this template became active after the page was shown; keep
            # the input.
            self.add_error(None, ON_ITS_WAY)
        return data


@admin.register(MailTemplate)
class TemplateAdmin(LeadsBack, ResourceAdmin):
    """The admin of mail templates; a new mail leads back to the page that waits for it."""

    resource = TEMPLATES
    form = TemplateForm
    change_form_template = "admin/campaigns/template/change_form.html"
    history_page = "admin/campaigns/template/history.html"
    empty_text = gettext_lazy(
        "A mail template is a mail that campaigns and sequences send. Begin with one of six "
        "designs; they carry your brand already."
    )
    list_display = ["name", "subject", "version", "updated_at"]
    search_fields = ["name_folded__contains", "code__contains"]

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        is_open = obj is None or self.has_change_permission(request, obj)
        more = ["opened_version"] if is_open else []
        return [
            (None, {"fields": ["name", "subject", "preheader"]}),
            (
                gettext_lazy("Source and code"),
                {"fields": ["code", "format", "html", "text", *more], "classes": ["collapse"]},
            ),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return begin_with(request.GET.get("design", ""))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A submitted form reports by itself why nothing can be changed any more.
        is_free = obj is None or getattr(request, "locks_row", False)
        return super().has_change_permission(request, obj) and (
            is_free or may_change(obj, request.user)
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the objects that prevent deletion; versions are deleted with the template."""
        kept = [in_quotes(name) for one in objs for name in TEMPLATES.users(one)]
        return [str(one) for one in objs], {}, set(), first_names(kept)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        may_name = request.user.has_perm(PERMISSION)
        context |= {
            "may_name": may_name,
            "customers": _some_customers() if may_name else [],
            "names_written": [*names_written()],
            "placements_written": placements_written(),
            "designs": [] if context["original"] else designs_offered(request),
            "kept": _kept(request) or ({NEXT: back} if (back := next_page(request)) else {}),
            "home": home_page(),
            "names_offered": [(f"{{{{ {name} }}}}", label) for name, label in NAMES_OFFERED],
            "on_its_way": self._is_on_its_way(request, context["original"]) and ON_ITS_WAY,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _is_on_its_way(self, request: HttpRequest, template: MailTemplate | None) -> bool:
        """Return whether a campaign in progress is the only reason against changing `template`."""
        if template is None or not super().has_change_permission(request, template):
            return False
        return not may_change(template, request.user)

    def page_after(self, request: HttpRequest, row: Any, *, is_new: bool) -> str:
        """Return the address of the campaign for which the mail was written, else of `next`."""
        kept = _kept(request) if is_new else {}
        if not kept or "_save" not in request.POST:
            return super().page_after(request, row, is_new=is_new)
        begun = {name.removeprefix(FOR_CAMPAIGN): value for name, value in kept.items()}
        return new_campaign(**begun, template=row.code)

    # Pages of their own -----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "campaigns_mailtemplate"
        return [
            path("draft/", wrap(self.draft_view), {"make": draft_as_text}, name=f"{name}_draft"),
            path(
                "draft/html/",
                wrap(self.draft_view),
                {"make": draft_as_html},
                name=f"{name}_draft_html",
            ),
            path("<int:pk>/preview/", wrap(self.preview_view), name=f"{name}_preview"),
            path("<int:pk>/preview/html/", wrap(self.html_view), name=f"{name}_html"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the mail with its text part; send a test mail on a POST.

        Raises PermissionDenied for a POST without the permission to send test mail.
        """
        template = self.row_of_page(request, str(pk))
        form = form_of_test(request, is_asked=request.method == "POST")
        if send_tests(request, form, partial(send_test, template)):
            return redirect(f"{request.path}{TOP}")
        found, problems = None, []
        try:
            found = preview_content(content_of(template))
        except TemplateRefused as error:
            problems = [as_problem(one) for one in error.problems]
        context = self.head_of(request, template) | {
            "test": form,
            "found": found,
            "problems": problems,
            "tab": "preview",
            "page_name": _("Preview"),
        }
        return TemplateResponse(request, "admin/campaigns/template/preview.html", context)

    def html_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return only the mail, for a frame that runs no scripts.

        Raises Http404 where the template cannot be rendered.
        """
        template = self.row_of_page(request, str(pk))
        try:
            html = preview_content(content_of(template)).html
        except TemplateRefused as error:
            raise Http404 from error
        return shown_mail(html, in_frame=True)

    def draft_view(self, request: HttpRequest, make: Callable[[HttpRequest], HttpResponse]) -> Any:
        """Return the response of `make` for a draft that is being written.

        Raises PermissionDenied for users who may not write templates.
        """
        may = self.has_add_permission(request) or self.has_change_permission(request)
        if not may:
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return make(request)


def new_campaign(**begun: str) -> str:
    """Return the URL of the form of a new campaign with these fields filled in."""
    return f"{reverse('admin:campaigns_campaign_add')}?{urlencode(begun)}"


def _kept(request: HttpRequest) -> dict[str, str]:
    """Return the URL parameters to keep in links, for a campaign that waits for the mail."""
    if not request.user.has_perm("campaigns.add_campaign"):
        return {}
    names = [f"{FOR_CAMPAIGN}{name}" for name in CARRIED]
    return {name: request.GET[name] for name in names if name in request.GET}


def _some_customers() -> list[Customer]:
    """Return customers for the preview: the first active ones."""
    rows = Customer.objects.filter(is_active=True).order_by("pk")
    return list(rows.only("external_id", "first_name", "last_name")[:MOST_OFFERED])
