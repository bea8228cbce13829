"""Ends a log-in at a provider, of any protocol: logs the user in, or confirms the user."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from login.accounts.person import ProviderPerson
from login.models import Identity
from login.pages.confirm import stamp_confirmed
from login.refusals import LoginRefused
from login.sessions import finish_login, own_path


def finish_by(request: HttpRequest, user: User, means: str, wanted: str) -> HttpResponse:
    """Log `user` in; the provider is responsible for a second factor."""
    return finish_login(request, user, means, wanted)


def confirmed_by(
    request: HttpRequest, person: ProviderPerson, confirms: int, wanted: str
) -> HttpResponse:
    """Note that the logged-in user has authenticated again, and redirect to `wanted`.

    Raises LoginRefused where `person` is not the active user with the key `confirms`.
    """
    known = Identity.objects.filter(
        issuer=person.issuer, subject=person.subject, user=confirms, user__is_active=True
    )
    if request.user.pk != confirms or not known.exists():
        raise LoginRefused("somebody else has confirmed", person.subject)
    stamp_confirmed(request)
    return HttpResponseRedirect(own_path(wanted))
