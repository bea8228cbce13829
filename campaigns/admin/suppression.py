"""The admin of suppressed addresses."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.consent.addresses import hashes_of, is_valid
from campaigns.consent.suppression import lift, suppress
from campaigns.models import Suppression, SuppressionReason
from campaigns.words import NO_ADDRESS
from core.admin.guarded import OwnLookups
from core.clock import now

LIST = "admin:campaigns_suppression_changelist"


class SuppressionForm(forms.ModelForm[Any]):
    """The form to suppress an address."""

    address = forms.CharField(label=gettext_lazy("E-mail address"), max_length=254)

    class Meta:
        model = Suppression
        fields = ()

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"])
        if not is_valid(address):
            raise forms.ValidationError(NO_ADDRESS)
        return address


@admin.register(Suppression)
class SuppressionAdmin(OwnLookups, admin.ModelAdmin[Suppression]):
    """Only hashes are stored: search for a whole address to see whether it is suppressed."""

    form = SuppressionForm
    empty_text = gettext_lazy(
        "An address on this list gets no mail. Bounces and spam complaints add their address "
        "to it; you can add more."
    )
    list_display = ["hashed", "reason", "at"]
    list_filter = ["reason"]
    list_per_page = 50
    search_fields = ["address_hash"]
    search_help_text = gettext_lazy("A whole e-mail address: only hashes are stored.")
    show_full_result_count = False
    actions = None
    change_form_template = "admin/campaigns/suppression/change_form.html"

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}

    @admin.display(description=gettext_lazy("Hash of the address"), ordering="address_hash")
    def hashed(self, row: Suppression) -> str:
        return row.called

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(address_hash__in=hashes_of(search_term.strip())), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["address_hash", "reason", "at"] if obj else ["address"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["address_hash", "reason", "at"] if obj else []

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        row = suppress(
            form.cleaned_data["address"], SuppressionReason.BY_HAND, now(), author=request.user
        )
        obj.pk, obj._state.adding = row.pk, False
        obj.refresh_from_db()

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a suppression; users with the permission lift it, and give a reason."""
        row = self.get_object(request, object_id)
        may_lift = self.has_delete_permission(request)
        if request.method == "POST" and row is not None and may_lift:
            why = request.POST.get("why", "").strip()
            if why and len(why) <= 255:
                if lift(row, why, author=request.user):
                    messages.success(request, _("The address gets mail again."))
                else:
                    text = _(
                        "That reason is gone. The person with this address refused mail, so that "
                        "it gets none until somebody subscribes with it."
                    )
                    messages.warning(request, text)
                return redirect(LIST)
            messages.error(request, _("Say why, in at most 255 characters."))
            return redirect(request.path)
        extra = {"may_lift": may_lift, "show_save": False, "show_delete": False}
        return super().change_view(request, object_id, extra_context=extra)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("campaigns.view_suppression")

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Redirect to the list: lifting needs a reason, which only the change page asks for."""
        return redirect(LIST)
