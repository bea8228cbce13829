"""The two addresses of a log-in by OpenID Connect: to the provider, and back."""

import logging

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.access.origin import origin_of
from login.accounts.users import user_of
from login.login_methods import is_oidc_on
from login.oidc.flow import address_of_provider, person_of_answer, take_request
from login.provider_logins import confirmed_by, finish_by
from login.refusals import LoginRefused, ProviderAway, away_page, refused_page
from login.sessions import own_path

logger = logging.getLogger(__name__)
MEANS = "oidc"


@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, provider: str) -> HttpResponse:
    """Send the browser to the provider."""
    _check_address(provider)
    user = request.user
    confirms = user.pk if isinstance(user, User) and "confirm" in request.GET else None
    given = request.GET.get("next") or request.POST.get("next")
    try:
        return HttpResponseRedirect(address_of_provider(request, own_path(given), confirms))
    except ProviderAway as error:
        return _away(request, error)
    except LoginRefused as refusal:
        return refused_page(request, MEANS, refusal)


@never_cache
@require_GET
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Check the provider's response completely, then log the user in."""
    _check_address(provider)
    try:
        asked = take_request(request)
        person = person_of_answer(request, asked)
        if asked["confirms"] is not None:
            return confirmed_by(request, person, asked["confirms"], asked["next"])
        return finish_by(request, user_of(person, MEANS), MEANS, asked["next"])
    except ProviderAway as error:
        return _away(request, error)
    except LoginRefused as refusal:
        return refused_page(request, MEANS, refusal)


def _check_address(provider: str) -> None:
    if not is_oidc_on() or provider != settings.OIDC_ID:
        raise Http404


def _away(request: HttpRequest, error: ProviderAway) -> HttpResponse:
    logger.warning("Log-in by %s: the provider is away: %s; %s", MEANS, error, origin_of(request))
    return away_page(request)
