"""Who the mail of each store is from."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.admin.storing import StoringAdmin, StoringForm
from campaigns.editing.senders import FIELDS, save_sender
from campaigns.models import MailSender


class SenderForm(StoringForm):
    """Name, address, and where replies go."""

    class Meta:
        model = MailSender
        fields = ("store", *FIELDS)

    def store(self) -> MailSender:
        store = self.instance.store if self.instance.pk else self.cleaned_data["store"]
        return save_sender(store, self.cleaned_data, author=self.author)


@admin.register(MailSender)
class SenderAdmin(StoringAdmin):
    """A sender for each store; the default sender serves the stores without one."""

    form = SenderForm
    list_display = ["store", "from_name", "from_email", "is_default", "is_ready"]
    list_select_related = ["store"]
    fields = ["store", *FIELDS, "opened_version"]

    @admin.display(description=_("Complete"), boolean=True)
    def is_ready(self, row: MailSender) -> bool:
        return row.is_complete

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["store"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
