"""Pieces of content: list and form."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy

from core.forms.moments import MomentField, moment_said
from customers.models import Category
from personalization.admin.experiences.body_form import BodyForm, body_fields
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.experiences.rows import RowAdmin
from personalization.admin.experiences.texts import CODE_HELP
from personalization.experiences.checking import check_content
from personalization.experiences.definition import ContentSays
from personalization.experiences.saving import Saved, save_content
from personalization.models import ContentItem
from segments.admin.choices import SearchedChoices


class ContentForm(BodyForm):
    """All of a piece of content."""

    published_at = MomentField(label=gettext_lazy("Published"))
    expires_at = MomentField(label=gettext_lazy("Expires"), required=False)
    categories = forms.MultipleChoiceField(
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
        fields = ("code", "type")
        help_texts = {"code": CODE_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "categories" in self.fields:
            had = self.stored.categories if self.stored else []
            known = dict(Category.objects.values_list("code", "name"))
            choices = known | {code: code for code in had if code not in known}
            self.fields["categories"].choices = list(choices.items())  # type: ignore[attr-defined]
        for name in ("categories", "months", "published_at", "expires_at"):
            if self.stored is not None:
                self.initial[name] = getattr(self.stored, name)

    def says(self) -> ContentSays:
        data = self.cleaned_data
        return ContentSays(
            type=data["type"],
            published_at=moment_said(self, "published_at", self.stored),
            expires_at=moment_said(self, "expires_at", self.stored),
            categories=tuple(data["categories"]),
            months=tuple(int(month) for month in data["months"]),
            body=self.body(),
        )

    def row(self) -> ContentItem:
        return self.stored or ContentItem(code=self.cleaned_data["code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.check_says(check_content)
        return data


@admin.register(ContentItem)
class ContentAdmin(AuditedHistory, RowAdmin):
    """Where merchants write what is shown to whom it interests."""

    form = ContentForm
    list_display = ["code", "type", "published_at", "expires_at", "recent_clicks"]
    list_filter = ["type"]
    search_fields = ["code__contains"]

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

    def stored(self, form: Any, author: User) -> Saved:
        return save_content(form.row(), form.says(), author=author)
