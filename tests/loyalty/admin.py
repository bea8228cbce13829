"""The app's own pages in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.admin.guarded import OwnLookups
from segments.models import Segment
from segments.rules.users import segment_to_use
from tests.loyalty.models import Reward


class RewardForm(forms.ModelForm):
    class Meta:
        model = Reward
        fields = ("name", "segment_code", "points", "is_active")

    def clean_segment_code(self) -> str:
        try:
            return segment_to_use(self.cleaned_data["segment_code"]).code
        except Segment.DoesNotExist as error:
            raise ValidationError(_("There is no such segment.")) from error


@admin.register(Reward)
class RewardAdmin(OwnLookups, admin.ModelAdmin):
    form = RewardForm
    list_display: Any = ("name", "segment_code", "points", "is_active")
