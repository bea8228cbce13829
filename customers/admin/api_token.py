"""API tokens: made, whose key is shown once, and revoked. Of others only superusers'."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.sites import site
from django.contrib.auth.models import Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.access.confirmation import ask_first
from core.access.tokens import codename, create_token, revoke_token
from core.admin.lists import BigListAdmin
from core.api.routes.addresses import permissions_of_calls
from core.clock import now
from core.text.typed_names import check_name
from customers.models import ApiToken

# The descriptions of Django's own model permissions.
DEEDS = {
    "view": gettext_lazy("See: %(rows)s"),
    "add": gettext_lazy("Add: %(rows)s"),
    "change": gettext_lazy("Change: %(rows)s"),
    "delete": gettext_lazy("Delete: %(rows)s"),
}


def permission_in_words(permission: Permission) -> str:
    """Return the description of `permission`."""
    model = permission.content_type.model_class()
    deed, _sign, name = permission.codename.partition("_")
    if model is not None and deed in DEEDS and name == model._meta.model_name:
        return DEEDS[deed] % {"rows": model._meta.verbose_name_plural}
    # Stored as it is declared; the catalogue has it.
    return _(permission.name)


class ChoiceOfPermissions(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Permissions in words, with the codes by which the documentation of the calls names them."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{permission_in_words(obj)} ({codename(obj)})"


def permissions_of_api() -> QuerySet[Permission]:
    """Return the permissions that some call needs, or shows more with."""
    wanted = permissions_of_calls()
    rows = Permission.objects.select_related("content_type")
    return rows.filter(pk__in=[one.pk for one in rows if codename(one) in wanted])


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a new token."""

    class Meta:
        model = ApiToken
        fields = ("user", "name", "expires_at", "permissions")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name:
            check_name(name)
        return name

    def clean_expires_at(self) -> Any:
        at = self.cleaned_data["expires_at"]
        if at is not None and at <= now():
            raise forms.ValidationError(_("This time is past."))
        return at

    def clean(self) -> Any:
        chosen = super().clean() or self.cleaned_data
        same = ApiToken.objects.filter(
            user=chosen.get("user"), name=chosen.get("name"), revoked_at=None
        )
        # A page sent twice makes no second one, either.
        if chosen.get("name") and same.exists():
            self.add_error("name", _("This user has a token of this name: revoke it first."))
        return chosen


@admin.register(ApiToken)
class ApiTokenAdmin(BigListAdmin[ApiToken]):
    """Keys of programs; who is no superuser has to do with their own only."""

    form = TokenForm
    empty_text = gettext_lazy(
        "With an API token, a program such as your shop reads and writes data here. Add one "
        "for each program."
    )
    list_display = ("key_beginning", "name", "user", "limits", "expires_at", "used", "state")
    list_display_links = ("key_beginning",)
    list_select_related = ("user",)
    search_fields = ("name",)
    sortable_by = ()
    actions: Any = ["revoke"]
    readonly_fields = ("key_beginning", "limits", "created_at", "used", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        rows = super().get_queryset(request).prefetch_related("permissions__content_type")
        return rows if request.user.is_superuser else rows.filter(user=_user(request))

    # A token of one's own is limited as its user is.
    website_pages = ("changelist_view", "add_view", "change_view")

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        if obj is None:
            return ("user", "name", "expires_at", "permissions")
        return (
            *("key_beginning", "name", "user", "limits"),
            *("created_at", "expires_at", "used", "state"),
        )

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        # A token stays as it was made; the right to change is the right to revoke.
        return obj is None and super().has_change_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return super().has_view_permission(request) or super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        # The rows record which users had access, and until when.
        return False

    def get_actions(self, request: HttpRequest) -> Any:
        found = super().get_actions(request)
        return found if self.has_change_permission(request) else {}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            users = User.objects.filter(is_active=True).order_by("username")
            if not request.user.is_superuser:
                users = users.filter(pk=_user(request).pk)
            kwargs |= {"queryset": users, "initial": request.user.pk}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            return ChoiceOfPermissions(
                queryset=permissions_of_api(),
                required=False,
                label=_("Limited to"),
                help_text=db_field.help_text,
                widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return ask_first(request) or super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        chosen = form.cleaned_data
        made = create_token(
            chosen["user"],
            author=_user(request),
            name=chosen["name"],
            expires_at=chosen["expires_at"],
            permissions=chosen["permissions"],
        )
        # Django goes on with the object that the form holds; the key is on the next page only.
        obj.pk, obj.beginning, obj._state.adding = made.token.pk, made.token.beginning, False
        obj.key = made.key  # type: ignore[attr-defined]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Everything is saved with the token."""

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = {
            **site.each_context(request),
            "title": _("The key of the new token"),
            "opts": self.opts,
            "token": obj,
            "key": obj.key,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/customers/apitoken/created.html", context)

    @admin.action(description=gettext_lazy("Revoke the chosen tokens"), permissions=["change"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> HttpResponse | None:
        chosen = [token for token in tokens if token.revoked_at is None]
        if "confirmed" not in request.POST:
            context = {
                **site.each_context(request),
                "title": _("Revoke these tokens?"),
                "opts": self.opts,
                "tokens": chosen,
            }
            return TemplateResponse(request, "admin/customers/apitoken/revoke.html", context)
        for token in chosen:
            revoke_token(token, author=_user(request))
        text = ngettext("%(count)d token is revoked.", "%(count)d tokens are revoked.", len(chosen))
        messages.success(request, text % {"count": len(chosen)})
        return None

    @admin.display(description=gettext_lazy("begins with"))
    def key_beginning(self, token: ApiToken) -> str:
        return f"{token.beginning}…"

    @admin.display(description=gettext_lazy("limited to"))
    def limits(self, token: ApiToken) -> str:
        names = sorted(permission_in_words(one) for one in token.permissions.all())
        return "; ".join(names) or _("all that the user may do")

    @admin.display(description=gettext_lazy("last used at"))
    def used(self, token: ApiToken) -> Any:
        return token.last_used_at or _("never")

    @admin.display(description=gettext_lazy("state"))
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return _("revoked")
        if token.expires_at is not None and token.expires_at <= now():
            return _("expired")
        return _("valid") if token.user.is_active else _("the user is not active")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
