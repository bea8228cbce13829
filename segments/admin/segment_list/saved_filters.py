"""Saved filters of the list; each belongs to the user who saved it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.text.typed_names import name_problem
from segments.models import SavedFilter

LIST = "admin:segments_segment_changelist"
# The query parameters of a search, filters and an order; others are not saved.
KEPT = (
    *("q", "o", "tag", "status"),
    *("is_active__exact", "refresh_mode__exact", "websites__id__exact"),
)
MOST = 30
LONGEST = SavedFilter._meta.get_field("name").max_length or 0
LONGEST_QUERY = 2_000


@dataclass(frozen=True)
class Offered:
    """A saved filter in the list."""

    filter: SavedFilter
    url: str
    is_open: bool


def saved_filter_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context for saved filters: the user's own, and the filter that could be saved."""
    now = _kept_address_part(request.GET)
    filters = [
        Offered(one, f"{reverse(LIST)}?{one.query}", one.query == now)
        for one in _filters_of(request.user).order_by("name")
    ]
    is_new = bool(now) and not any(one.is_open for one in filters)
    return {"saved_filters": filters, "filter_to_save": now if is_new else "", "is_all": not now}


def save_filter(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Keep the search and filters that were sent, in place of an older one of that name."""
    query = _kept_address_part(QueryDict(request.POST.get("query", "")[:LONGEST_QUERY]))
    name = " ".join(request.POST.get("name", "").replace("\0", " ").split())[:LONGEST]
    problem = name_problem(name)
    if problem and query and problem.code != "blank":
        messages.error(request, problem.message)
    elif not query or problem:
        messages.error(request, _("Search or filter first, then give it a name."))
    elif _filters_of(request.user).exclude(name=name).count() >= MOST:
        messages.error(request, _("You have %(most)d saved filters; remove one.") % {"most": MOST})
    else:
        _filters_of(request.user).update_or_create(
            user=request.user, name=name, defaults={"query": query}
        )
    return redirect(f"{reverse(LIST)}?{query}")


def remove_filter(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Forget one of the user's own."""
    number = request.POST.get("filter", "")
    get_object_or_404(_filters_of(request.user), pk=number if number.isdecimal() else 0).delete()
    return redirect(LIST)


def _filters_of(user: User | AnonymousUser) -> Any:
    return SavedFilter.objects.filter(user=user.pk)


def _kept_address_part(given: QueryDict) -> str:
    """Return the part of an address that is kept, the same for the same filters."""
    kept = QueryDict(mutable=True)
    for name in KEPT:
        value = given.get(name, "")
        if value and "\0" not in value:
            kept[name] = value
    return kept.urlencode()
