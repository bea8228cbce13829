"""The admin of price rules: list, form, the page to try a cart and the page of coupons."""

from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from core.access.website_limits import is_limited
from core.admin.next_page import LeadsBack
from core.resources.admin import ResourceAdmin
from core.text.formats import first_names, in_quotes, number_shown
from core.text.json_documents import can_be_stored
from price_rules.admin.batches import batches_page, make_batch
from price_rules.admin.form import ABOUT, LABEL, LAYOUT, MORE, NEW_CODES, TREES, RuleForm
from price_rules.admin.try_cart import try_page
from price_rules.admin.words import days, gives, wants
from price_rules.coupons.batches import Wanted
from price_rules.models import CartPriceRule, Coupon, CouponKind
from price_rules.resource import PRICE_RULES
from price_rules.segments import segments_used_by
from price_rules.till.details import segment_names
from price_rules.users import USERS
from segments.admin.next_steps import NextStep
from segments.admin.tabs import mail_form_of
from segments.models import Segment

# Of a rule: the names of its segments that the reader of its page may see, by code.
READERS_NAMES = "readers_names"


@admin.register(CartPriceRule)
class RuleAdmin(LeadsBack, ResourceAdmin):
    """The admin pages where merchants create rules and try them on a cart."""

    resource = PRICE_RULES
    form = RuleForm
    history_page = "admin/price_rules/rule/history.html"
    change_form_template = "admin/price_rules/rule/change_form.html"
    change_list_template = "admin/price_rules/rule/change_list.html"
    empty_text = gettext_lazy(
        "A price rule takes something off a cart: for everybody, for a segment, or for a code."
    )
    is_shown_to_limited, of_all_websites = True, ("wants",)
    list_display = ["named", "gives", "wants", "days", "priority", "activity"]
    list_display_links = None
    list_filter = ["is_active", "coupon", "action"]
    search_fields = ["name_folded__contains", "code__contains"]

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: CartPriceRule | None = None) -> Any:
        if not self.has_change_permission(request, obj) and obj is not None:
            shown = ["is_active", "gives", "wants", "days", "priority"]
            if is_limited(request.user):
                shown = [name for name in shown if name not in self.of_all_websites]
            return [(None, {"fields": [*ABOUT, *shown]})]
        labels = [name for name in self.form(instance=obj).fields if name.startswith(LABEL)]
        may_make = obj is None and request.user.has_perm("price_rules.generate_coupons")
        hidden = set() if may_make else {NEW_CODES}
        # A form that is shown again with its faults hides nothing that was typed.
        typed = {name for name in (*MORE, *labels) if request.POST.get(name, "") not in ("", "0")}
        typed |= {name for name in TREES if self._is_filled(name, request.POST.get(name, ""))}
        stored = {name for name in (*MORE, *TREES, "label") if obj and getattr(obj, name)}
        found = []
        for title, names in LAYOUT:
            is_last = names == LAYOUT[-1][1]
            fields = [name for name in names if name not in hidden]
            fields += [*labels, "opened_version"] if is_last else []
            is_seldom = is_last or {*names} <= {*TREES}
            is_used = (typed | stored) & {*fields, *(["label"] if is_last else [])}
            classes = ["collapse"] if is_seldom and not is_used else []
            found.append((title, {"fields": fields, "classes": classes}))
        return found

    def _is_filled(self, name: str, typed: str) -> bool:
        """Return whether the text of the builder `name` has a condition."""
        return self.form.base_fields[name].has_changed(None, typed)

    # The list ---------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> Any:
        # Asked for once for all rows.
        names = SimpleLazyObject(partial(segment_names, request.user))

        @admin.display(description=gettext_lazy("For whom"))
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

    @admin.display(description=gettext_lazy("Discount"))
    def gives(self, rule: CartPriceRule) -> str:
        return gives(rule)

    @admin.display(description=gettext_lazy("For whom"))
    def wants(self, rule: CartPriceRule) -> str:
        return wants(rule, rule.__dict__.get(READERS_NAMES, {})) or "–"

    @admin.display(description=gettext_lazy("Valid"))
    def days(self, rule: CartPriceRule) -> str:
        return days(rule)

    # The form ---------------------------------------------------------------------------------

    def get_readonly_fields(
        self, request: HttpRequest, obj: CartPriceRule | None = None
    ) -> list[str]:
        if obj is None:
            return []
        # A read-only field is called without the request.
        names = partial(segment_names, request.user, segments_used_by(obj))
        obj.__dict__[READERS_NAMES] = SimpleLazyObject(names)
        return ["code"] if self.has_change_permission(request, obj) else ["gives", "wants", "days"]

    def head_of(self, request: HttpRequest, row: CartPriceRule) -> dict[str, Any]:
        user = request.user
        return {
            **super().head_of(request, row),
            "gives": gives(row),
            "wants": wants(row, segment_names(user, segments_used_by(row))),
            "days": days(row),
            "sending": _sending_of(row, user),
            "may_try": user.has_perm("price_rules.evaluate"),
            "may_generate": user.has_perm("price_rules.generate_coupons"),
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        may_make = request.user.has_perm("price_rules.generate_coupons")
        count = form.cleaned_data.get(NEW_CODES) if may_make else 0
        if count and obj.coupon == CouponKind.GENERATED:
            make_batch(request, obj, Wanted(count))

    def page_after(self, request: HttpRequest, row: Any, *, is_new: bool) -> str:
        page = reverse("admin:price_rules_cartpricerule_change", args=[row.pk])
        return super().page_after(request, row, is_new=is_new) or page

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """List what prevents the deletion of rules, and count the coupons deleted with them."""
        kept = [
            f"{users.label}: {in_quotes(name)}"
            for one in objs
            for users in USERS
            for name in users.find(one)
        ]
        if kept:
            text = gettext(
                "What gives coupons of this rule keeps it from being deleted: choose another rule "
                "there, or switch this rule off instead."
            )
            self.message_user(request, text, messages.WARNING)
        coupons = Coupon.objects.filter(rule__in=objs).count()
        counts = {Coupon._meta.verbose_name_plural: number_shown(coupons)} if coupons else {}
        return [str(one) for one in objs], counts, set(), first_names(kept)

    # Pages of their own -----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "price_rules_cartpricerule"
        return [
            path("try/", wrap(self.try_view), name=f"{name}_try"),
            path("<path:object_id>/coupons/", wrap(self.coupons_view), name=f"{name}_coupons"),
            *super().get_urls(),
        ]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Show what a cart costs, what each rule gave, and why the other rules gave nothing.

        `rule` in the address is the code of the rule that the cart is for. Raises PermissionDenied
        without the permission `price_rules.evaluate`.
        """
        if not request.user.has_perm("price_rules.evaluate"):
            raise PermissionDenied
        code = request.GET.get("rule", "") if self.has_view_permission(request) else ""
        is_code = bool(code) and can_be_stored(code)
        rule = CartPriceRule.objects.filter(code=code).first() if is_code else None
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        context |= {"title": gettext("Try a cart")} if rule is None else self.head_of(request, rule)
        return try_page(request, context, rule)

    def coupons_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the coupons of a rule, and generate coupons.

        Raises PermissionDenied without the permission `price_rules.generate_coupons`.
        """
        if not request.user.has_perm("price_rules.generate_coupons"):
            raise PermissionDenied
        rule = self.row_of_page(request, object_id)
        return batches_page(request, rule, self.head_of(request, rule))


def _sending_of(rule: CartPriceRule, user: User | AnonymousUser) -> NextStep | None:
    """Return the step to a mail that sends codes of `rule` to its segment.

    None for a rule that is off, has no codes to send or is not for one segment, and for users who
    may not write mails.
    """
    asked, writing = rule.segments, mail_form_of(user)
    has_codes = rule.is_active and rule.coupon == CouponKind.GENERATED
    if writing is None or not (asked and has_codes and asked["operator"] in ("is", "is_one_of")):
        return None
    if len(asked["segments"]) != 1:
        return None
    segment = Segment.objects.filter(code=asked["segments"][0], is_active=True).first()
    if segment is None:
        return None
    address = f"{writing(segment)}&{urlencode({'coupon_rule': rule.code})}"
    return NextStep(gettext("Send these codes to “%(segment)s”") % {"segment": segment}, address)
