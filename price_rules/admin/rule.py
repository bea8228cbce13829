"""The rules' list and form, and the pages beside them."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from core.admin.guarded import OwnLookups
from core.text.folding import fold
from price_rules.admin.batches import batches_page
from price_rules.admin.form import LABEL, RuleForm
from price_rules.admin.history import history_page, restore
from price_rules.admin.try_cart import try_page
from price_rules.editing.checking import InvalidRule, warnings_of
from price_rules.editing.deletion import RuleInUse, delete_rules
from price_rules.editing.saving import create_rule, save_rule
from price_rules.models import CartPriceRule
from price_rules.words import days, gives, segment_names, wants

Page = Callable[[HttpRequest, CartPriceRule, dict[str, Any]], HttpResponse]
LIST = "admin:price_rules_cartpricerule_changelist"
USED_BY_ACTION = ["action", "value", "max_quantity", "buy", "get", "max_discount", "free_shipping"]


@admin.register(CartPriceRule)
class RuleAdmin(OwnLookups, admin.ModelAdmin[CartPriceRule]):
    """Where merchants make rules and try them on a cart."""

    form = RuleForm
    change_form_template = "admin/price_rules/rule/change_form.html"
    change_list_template = "admin/price_rules/rule/change_list.html"
    list_display = ["named", "gives", "wants", "days", "priority", "is_active"]
    list_display_links = None
    list_filter = ["is_active", "coupon", "action"]
    search_fields = ["name_folded__contains", "code__contains"]
    list_per_page = 50
    actions = None

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: CartPriceRule | None = None) -> Any:
        labels = [name for name in self.form(instance=obj).fields if name.startswith(LABEL)]
        days_of_rule = ["is_active", "starts_on", "ends_on"]
        who = ["segment_operator", "segment_codes", "websites", "customer_groups"]
        coupons = ["coupon", "coupon_code", "uses_total", "uses_per_customer"]
        about = ["name", "code", "description"]
        if not self.has_change_permission(request, obj) and obj is not None:
            shown = ["gives", "wants", "days", "priority"]
            return [(None, {"fields": [*about, "is_active", *shown]})]
        return [
            (None, {"fields": about}),
            (gettext_lazy("What it gives"), {"fields": USED_BY_ACTION}),
            (gettext_lazy("Lines that it is about"), {"fields": ["items"]}),
            (gettext_lazy("Who gets it"), {"fields": who}),
            (gettext_lazy("Conditions"), {"fields": ["min_subtotal", "conditions"]}),
            (gettext_lazy("Coupon"), {"fields": coupons}),
            (gettext_lazy("When"), {"fields": days_of_rule}),
            (gettext_lazy("Beside other rules"), {"fields": ["priority", "stop_further_rules"]}),
            (gettext_lazy("Label for shoppers"), {"fields": [*labels, "opened_version"]}),
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        # The form has fields that are no columns, which Django looks for among these.
        kwargs["fields"] = None
        return super().get_form(request, obj, change, **kwargs)

    # The list ---------------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CartPriceRule], search_term: str
    ) -> tuple[QuerySet[CartPriceRule], bool]:
        return super().get_search_results(request, queryset, fold(search_term))

    def get_list_display(self, request: HttpRequest) -> Any:
        names = SimpleLazyObject(segment_names)  # Asked for once for all rows.

        @admin.display(description=gettext_lazy("Wants"))
        def wants_of(rule: CartPriceRule) -> str:
            return wants(rule, cast(dict[str, str], names)) or "–"

        columns = super().get_list_display(request)
        return [wants_of if name == "wants" else name for name in columns]

    @admin.display(description=gettext_lazy("Rule"), ordering="name_folded")
    def named(self, rule: CartPriceRule) -> str:
        address = reverse("admin:price_rules_cartpricerule_change", args=[rule.pk])
        return format_html(
            '<a href="{}">{}</a><br><span class="segment-quiet">{}</span>',
            address,
            rule.name,
            rule.code,
        )

    @admin.display(description=gettext_lazy("Gives"))
    def gives(self, rule: CartPriceRule) -> str:
        return gives(rule)

    @admin.display(description=gettext_lazy("Wants"))
    def wants(self, rule: CartPriceRule) -> str:
        return wants(rule, segment_names()) or "–"

    @admin.display(description=gettext_lazy("Days"))
    def days(self, rule: CartPriceRule) -> str:
        return days(rule)

    # The form ---------------------------------------------------------------------------------

    def get_readonly_fields(
        self, request: HttpRequest, obj: CartPriceRule | None = None
    ) -> list[str]:
        if obj is None:
            return []
        return ["code"] if self.has_change_permission(request, obj) else ["gives", "wants", "days"]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except InvalidRule:
            # Something went between the form's check and the save: the check sees it now.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: CartPriceRule, form: RuleForm, change: bool
    ) -> None:
        if change:
            saved = save_rule(obj, form.definition(), author=request.user)
        else:
            code = form.cleaned_data["code"]
            saved = create_rule(code, form.definition(), author=request.user)
            obj.pk, obj._state.adding = saved.rule.pk, False
        obj.refresh_from_db()
        for warning in saved.warnings:
            self.message_user(request, str(warning), messages.WARNING)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Nothing left to do: `price_rules.editing.saving` has stored all of it."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        rule: CartPriceRule | None = context.get("original")
        if rule is not None:
            stored = CartPriceRule.objects.get(pk=rule.pk)
            context |= self._head(request, stored)
            if request.method == "GET":
                context["warnings"] = warnings_of(stored)
        return super().render_change_form(request, context, *args, **kwargs)

    def _head(self, request: HttpRequest, rule: CartPriceRule) -> dict[str, Any]:
        """Return what all pages of a rule show on top."""
        user = request.user
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": rule,
            "title": rule.name,
            "subtitle": None,
            "gives": gives(rule),
            "wants": wants(rule, segment_names()),
            "days": days(rule),
            "may_change": self.has_change_permission(request, rule),
            "may_try": user.has_perm("price_rules.evaluate"),
            "may_generate": user.has_perm("price_rules.generate_coupons"),
        }

    # Pages of their own -----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "price_rules_cartpricerule"
        return [
            path("try/", wrap(self.try_view), name=f"{name}_try"),
            path("<path:object_id>/coupons/", wrap(self.coupons_view), name=f"{name}_coupons"),
            path("<path:object_id>/restore/", wrap(self.restore_view), name=f"{name}_restore"),
            *super().get_urls(),
        ]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Show what a cart costs, which rule gave what, and why not."""
        if not request.user.has_perm("price_rules.evaluate"):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return try_page(request, context)

    def coupons_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the coupons of a rule, and generate them."""
        if not request.user.has_perm("price_rules.generate_coupons"):
            raise PermissionDenied
        return self._page(request, object_id, batches_page)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show what the rule said before."""
        return self._page(request, object_id, history_page)

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make an older version the newest again."""
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        return self._page(request, object_id, restore)

    def _page(self, request: HttpRequest, object_id: str, page: Page) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule = self.get_object(request, object_id)
        if rule is None:
            raise Http404
        return page(request, rule, self._head(request, rule))

    # Deleting ---------------------------------------------------------------------------------

    def delete_model(self, request: HttpRequest, obj: CartPriceRule) -> None:
        delete_rules([obj], author=cast(User, request.user))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, *args, **kwargs)
        except RuleInUse as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(LIST)
