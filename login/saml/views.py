"""The views of a log-in by SAML: the request, the provider's response, the end, our metadata."""

import logging
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from core.access.origin import origin_of
from core.clock import now
from login.accounts.person import ProviderPerson
from login.accounts.users import user_of
from login.login_methods import is_saml_on
from login.models import SamlRequest
from login.provider_logins import confirmed_by, finish_by
from login.refusals import LoginRefused, ProviderAway, away_page, refused_page
from login.saml.saml_response import VALID, request_data, take_answer
from login.saml.settings_read import toolkit_settings
from login.sessions import own_path

logger = logging.getLogger(__name__)
MEANS = "saml"
# In the session: the requests that this browser has sent.
REQUESTS = "login.saml"
MOST_REQUESTS = 5
TOLERANCE_SECONDS = 60


def _is_there() -> None:
    if not is_saml_on():
        raise Http404


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider with a request of ours."""
    _is_there()
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    user = request.user
    confirms = user.pk if isinstance(user, User) and "confirm" in request.GET else None
    try:
        auth = OneLogin_Saml2_Auth(request_data(request), toolkit_settings(request))
    except ProviderAway as error:
        return _away(request, error)
    address = auth.login(return_to="", force_authn=confirms is not None)
    request_id, at = auth.get_last_request_id(), now()
    SamlRequest.objects.filter(created_at__lt=at - VALID * 6).delete()
    SamlRequest.objects.create(request_id=request_id, created_at=at)
    waiting = dict(request.session.get(REQUESTS, {}))
    while len(waiting) >= MOST_REQUESTS:
        del waiting[min(waiting, key=lambda one: waiting[one]["at"])]
    waiting[request_id] = {
        "next": own_path(request.GET.get("next")),
        "confirms": confirms,
        "at": at.timestamp(),
    }
    request.session[REQUESTS] = waiting
    return HttpResponseRedirect(address)


@csrf_exempt
@never_cache
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Check the provider's response, which the browser posts without our cookies."""
    _is_there()
    try:
        request_id = take_answer(request, toolkit_settings(request))
    except ProviderAway as error:
        return _away(request, error)
    except LoginRefused as refusal:
        return refused_page(request, MEANS, refusal)
    return HttpResponseRedirect(
        f"{reverse('login:saml-finish')}?{urlencode({'request': request_id})}"
    )


@never_cache
@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Log the person of an answered request in, once, in the browser that sent the request.

    Shows the page of a refused log-in where that fails. Raises Http404 where SAML is off.
    """
    _is_there()
    request_id = request.GET.get("request", "")
    waiting = dict(request.session.get(REQUESTS, {}))
    asked: dict[str, Any] | None = waiting.pop(request_id, None)
    request.session[REQUESTS] = waiting
    try:
        rows = SamlRequest.objects.filter(request_id=request_id, claims__isnull=False)
        # The query only looks for requests of this session: the parameter may be any text.
        row = rows.first() if asked else None
        if asked is None or row is None or row.claims is None:
            raise LoginRefused("the answer is to no request of this browser")
        # The row stays, so that a second answer finds the request answered.
        if not rows.update(claims=None):
            raise LoginRefused("the answer was used before")
        issuer = toolkit_settings(request).get_idp_data()["entityId"]
        claims = row.claims
        person = ProviderPerson.of_claims(issuer, claims)
        if asked["confirms"] is None:
            return finish_by(request, user_of(person, MEANS), MEANS, asked["next"])
        at = claims.get("auth_time")
        if not isinstance(at, int) or at < asked["at"] - TOLERANCE_SECONDS:
            raise LoginRefused("the person was not asked again", person.subject)
        return confirmed_by(request, person, asked["confirms"], asked["next"])
    except ProviderAway as error:
        return _away(request, error)
    except LoginRefused as refusal:
        return refused_page(request, MEANS, refusal)


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """Return our SAML metadata, an XML document for the provider."""
    _is_there()
    ours = toolkit_settings(request, with_provider=False)
    return HttpResponse(ours.get_sp_metadata(), content_type="application/samlmetadata+xml")


def _away(request: HttpRequest, error: ProviderAway) -> HttpResponse:
    logger.warning("Log-in by %s: the provider is away: %s; %s", MEANS, error, origin_of(request))
    return away_page(request)
