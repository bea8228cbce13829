"""The page “Storefront connection”: the snippet, allowed addresses, the last request, a test."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access.confirmation import ask_first
from core.audit import AuditAction, record
from core.problems import Invalid
from core.text.formats import moment_shown, number_shown
from customers.models import Website
from customers.storefront_origins import allow, allowed_origins, forbid
from personalization.audit import ALLOWED, STOREFRONT
from personalization.intake.call_counts import of_last_day
from personalization.models import TrackingSite
from personalization.visitors.last_requests import RefusedOrigin, last_refusal, last_requests
from personalization.visitors.sites import set_up, snippet_lines

# With a site's secret behaviour can be reported for any customer, as with this permission.
MAKES_KEYS = "personalization.track_behavior"
OUTCOMES = {
    "accepted": gettext_lazy("stored"),
    "duplicates": gettext_lazy("known already"),
    "no_consent": gettext_lazy("left out: no consent to tracking"),
    "gpc": gettext_lazy("left out: the browser asks not to be tracked"),
    "bot": gettext_lazy("left out: from a crawler"),
    "rate": gettext_lazy("left out: too many from one shopper"),
    "erased": gettext_lazy("left out: the customer was deleted"),
    "unknown_site": gettext_lazy("left out: the key of no website"),
    "unknown_visitor": gettext_lazy("left out: a visitor who is not known"),
    "bad_token": gettext_lazy("left out: a wrong or expired token of a customer"),
    "invalid": gettext_lazy("left out: not readable"),
}


@dataclass(frozen=True)
class Connection:
    """A website, the lines for its pages (none: it has no key), and when it last reported."""

    website: Website
    lines: Sequence[str]
    last_request: datetime | None


@dataclass(frozen=True)
class Finding:
    """What the test says in a sentence, and whether that is good."""

    text: str
    is_good: bool = False


def connection_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show how storefronts are connected; a POST allows or removes an address, or makes the key of
    a website after a fresh log-in.

    Raises PermissionDenied for a POST without `MAKES_KEYS`, and Http404 for an unknown website.
    """
    may_make = request.user.has_perm(MAKES_KEYS)
    if request.method == "POST":
        if not may_make:
            raise PermissionDenied
        if {"allow", "forbid"} & request.POST.keys():
            problem = _change_allowed(request)
            if not problem:
                return redirect(f"{request.path}#allowed")
            context |= {"typed": request.POST.get("allow", ""), "problem": problem}
        elif asked := ask_first(request):
            return asked
        else:
            context["made"] = _make_key(request)
    connections = _connections(_own_address(request))
    refused = last_refusal()
    allowed = allowed_origins()
    context |= {
        "title": _("Storefront connection"),
        "connections": connections,
        "allowed": [(one, one not in settings.TRACK_ALLOWED_ORIGINS) for one in allowed],
        "refused": refused,
        "is_refused": refused is not None and refused.origin not in allowed,
        "counts": list(_counts()),
        "may_make": may_make,
        "is_test": "test" in request.GET,
        "status": _status(connections, allowed),
        # Without a shared cache each web process only knows its own requests.
        "is_own_cache": not settings.CACHE_URL,
        "findings": list(_findings(connections, refused, allowed)),
    }
    response = TemplateResponse(request, "admin/personalization/connection.html", context)
    # A secret is on it once.
    response["Cache-Control"] = "no-store"
    return response


def _make_key(request: HttpRequest) -> TrackingSite | None:
    """Make the key of the website that was sent, and return it; None where it had one."""
    website = Website.objects.filter(code=request.POST.get("website", "").replace("\0", "")).first()
    if website is None:
        raise Http404
    with transaction.atomic():
        made = set_up(website)
        if made.is_new:
            record(request.user, AuditAction.CREATED, STOREFRONT, website.code)
    return made.site if made.is_new else None


def _change_allowed(request: HttpRequest) -> str:
    """Allow or remove the address that was sent; return why it cannot be allowed, or ""."""
    typed, gone = (request.POST.get(name, "").replace("\0", "") for name in ("allow", "forbid"))
    with transaction.atomic():
        if gone:
            if forbid(gone):
                record(request.user, AuditAction.DELETED, ALLOWED, gone)
            return ""
        try:
            new = allow(typed)
        except Invalid as error:
            return error.problems[0].message
        if new:
            record(request.user, AuditAction.CREATED, ALLOWED, new)
    return ""


def _own_address(request: HttpRequest) -> str:
    """Return where browsers reach this server."""
    return str(settings.PUBLIC_URL) or request.build_absolute_uri("/")


def _connections(url: str) -> list[Connection]:
    sites = {one.website_id: one for one in TrackingSite.objects.all()}
    latest = last_requests([one.pk for one in sites.values()])
    found = []
    for website in Website.objects.order_by("name", "code"):
        site = sites.get(website.pk)
        lines = snippet_lines(site, url) if site else []
        found.append(Connection(website, lines, latest.get(site.pk) if site else None))
    return found


def _counts() -> Iterator[tuple[str, str]]:
    """Yield in words what became of the behaviours of 24 hours, without those that did not occur.

    Nothing where the cache does not answer.
    """
    for name, number in of_last_day():
        if number:
            yield str(OUTCOMES[name]), number_shown(int(number))


def _status(connections: Sequence[Connection], allowed: Collection[str]) -> str:
    """Return in words which storefronts are connected."""
    reporting = [one.website.name for one in connections if one.last_request is not None]
    if not allowed or (not reporting and settings.CACHE_URL):
        return _("Not connected yet")
    if not reporting:
        return _("No request is known yet")
    if len(reporting) == len(connections):
        return _("Connected")
    return _("Connected: %(websites)s") % {"websites": get_text_list(reporting, _("and"))}


def _findings(
    connections: Sequence[Connection], refused: RefusedOrigin | None, allowed: Collection[str]
) -> Iterator[Finding]:
    """Yield what the test finds: the next thing to do, or else how each website stands."""
    with_key = [one for one in connections if one.lines]
    if not with_key:
        yield Finding(_("No website has a key yet: make one below."))
    elif not allowed:
        text = _("No address may report yet: have your shop’s address allowed, as it says below.")
        yield Finding(text)
    else:
        yield from (_finding_of(one) for one in with_key)
    if refused is not None and refused.origin not in allowed:
        text = _("A page of %(origin)s tried to report on %(at)s, and its address is not allowed.")
        yield Finding(text % {"origin": refused.origin, "at": moment_shown(refused.at)})


def _finding_of(one: Connection) -> Finding:
    if one.last_request is None:
        text = _(
            "Nothing has arrived from “%(website)s” yet. Open a page of it that has the two lines, "
            "agree to tracking there, look at a product, and test again."
        )
        return Finding(text % {"website": one.website.name})
    text = _("It works: the storefront of “%(website)s” last reported on %(at)s.")
    values = {"website": one.website.name, "at": moment_shown(one.last_request)}
    return Finding(text % values, is_good=True)
