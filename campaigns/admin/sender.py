"""The admin of the stores' mail senders."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.editing.senders import FIELDS, SENDERS
from campaigns.models import MailSender
from core.resources.admin import ResourceAdmin, ResourceForm
from customers.models import Store


class SenderForm(ResourceForm):
    """Name, address, and where replies go."""

    resource = SENDERS

    class Meta:
        model = MailSender
        fields = ("store", *FIELDS)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if "store" in self.fields:
            stores: Any = self.fields["store"]
            stores.queryset = Store.objects.filter(mail_sender=None)

    def new_row(self) -> MailSender:
        return MailSender(store=self.cleaned_data.get("store"))


@admin.register(MailSender)
class SenderAdmin(ResourceAdmin):
    """A sender for each store; the default sender serves the stores without one."""

    resource, form = SENDERS, SenderForm
    list_display = ["store", "from_name", "from_email", "is_default", "is_ready"]
    list_select_related = ["store"]
    fields = ["store", *FIELDS, "opened_version"]

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}

    @admin.display(description=_("Complete"), boolean=True)
    def is_ready(self, row: MailSender) -> bool:
        return row.is_complete

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["store"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
