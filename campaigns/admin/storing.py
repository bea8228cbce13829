"""Forms and pages of rows that only `campaigns.editing` writes."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.admin.guarded import OwnLookups
from core.problems import Invalid, Problem
from core.text.folding import fold


class StoringForm(forms.ModelForm[Any]):
    """A form that stores through the normal way in, whose findings are its errors."""

    # Who stores; set for each request.
    author: ClassVar[Any] = None
    opened_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    stored: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["opened_version"] = self.instance.version

    def store(self) -> Any:
        """Store what was written and return the row; raises Invalid."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        # Instead of the model's own checks: the way in has all of them.
        if self.errors:
            self._show_hidden_errors()
            return
        if self._is_overtaken():
            text = _("Somebody else has changed this meanwhile: open it anew, and change it again.")
            self.add_error(None, text)
            return
        try:
            with transaction.atomic():
                self.stored = self.store()
        except Invalid as error:
            for problem in error.problems:
                self.say(problem)

    def say(self, problem: Problem) -> None:
        """Show a finding at its field; above all of them where it has none."""
        name = problem.path.partition("[")[0]
        self.add_error(name if name in self.fields else None, problem.message)

    def _show_hidden_errors(self) -> None:
        for field in self.hidden_fields():
            for message in self.errors.get(field.name, ()):
                self.add_error(None, message)

    def _is_overtaken(self) -> bool:
        if not self.instance.pk:
            return False
        rows = type(self.instance)._default_manager.filter(pk=self.instance.pk)
        version = rows.values_list("version", flat=True).first()
        return bool(version != self.cleaned_data.get("opened_version"))


class StoringAdmin(OwnLookups, admin.ModelAdmin[Any]):
    """Pages whose form stores; what somebody did stands in the audit log."""

    list_per_page = 50
    actions = None
    # What deleting raises, with the reason, where a row is to stay.
    kept_by: ClassVar[tuple[type[Exception], ...]] = ()

    class Media:
        css = {"all": ["segments/admin.css", "price_rules/admin.css", "campaigns/admin.css"]}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        # The form has fields that are no columns, which Django looks for among these.
        if obj is None or self.has_change_permission(request, obj):
            kwargs["fields"] = None
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.author = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing left to do: the form has stored it."""
        obj.pk, obj._state.adding = form.stored.pk, False
        obj.refresh_from_db()

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Nothing hangs on it."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, fold(search_term))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead back to the list, and say why, where the row is to stay."""
        try:
            return super().delete_view(request, *args, **kwargs)
        except self.kept_by as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
