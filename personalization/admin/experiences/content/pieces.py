"""Pieces of content: list and form."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy

from core.forms.documents import CodesField
from customers.models import Category
from personalization.admin.experiences.content.body_form import BodyForm, body_fields
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.experiences.texts import CODE_HELP
from personalization.experiences.resources import CONTENT
from personalization.models import ContentItem
from segments.admin.choices import SearchedChoices


class ContentForm(BodyForm):
    """All of a piece of content."""

    resource = CONTENT

    categories = CodesField(
        label=gettext_lazy("Categories"), required=False, widget=SearchedChoices
    )
    months = forms.MultipleChoiceField(
        label=gettext_lazy("Months"),
        required=False,
        choices=MONTHS.items(),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: of no season."),
    )

    class Meta:
        model = ContentItem
        fields = ("code", "type", "published_at", "expires_at")
        help_texts = {"code": CODE_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item: ContentItem = self.instance
        self.initial.update(categories=item.categories, months=item.months)
        if "categories" in self.fields:
            known = Category.objects.values_list("code", "name")
            cast(CodesField, self.fields["categories"]).offer(known, item.categories)


@admin.register(ContentItem)
class ContentAdmin(AuditedHistory):
    """The admin of content items, which are shown to the customers interested in them."""

    resource, form = CONTENT, ContentForm
    empty_text = gettext_lazy(
        "A piece of content is shown in your shop to the customers who are interested in it."
    )
    list_display = ["code", "type", "published_at", "expires_at", "recent_clicks"]
    list_filter = ["type"]
    search_fields = ["code__icontains"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": ["code", "type", "published_at", "expires_at"]})]
        when = ["published_at", "expires_at", "categories", "months"]
        shown = body_fields(obj.body if obj else {})
        return [
            (None, {"fields": ["code", "type", *when]}),
            (gettext_lazy("What it shows"), {"fields": [*shown, "opened_version"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["code"]
