"""The end of a log-in at a provider, whatever its protocol: somebody is in, or confirmed."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from login.accounts.person import ProviderPerson
from login.models import Identity
from login.pages.confirm import stamp_confirmed
from login.refusals import LoginRefused
from login.sessions import finish_login, own_path


def finish_by(request: HttpRequest, user: User, means: str, wanted: str) -> HttpResponse:
    """Log `user` in, whose second factor is the provider's affair."""
    return finish_login(request, user, means, wanted)


def confirmed_by(
    request: HttpRequest, person: ProviderPerson, confirms: int, wanted: str
) -> HttpResponse:
    """Note that whoever is in has proved it again; raises LoginRefused for somebody else."""
    known = Identity.objects.filter(
        issuer=person.issuer, subject=person.subject, user=confirms, user__is_active=True
    )
    if request.user.pk != confirms or not known.exists():
        raise LoginRefused("somebody else has confirmed", person.subject)
    stamp_confirmed(request)
    return HttpResponseRedirect(own_path(wanted))
