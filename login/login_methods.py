"""The ways to log in beside a password: which are open, and their URLs."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from login.models import Factor, FactorKind

OIDC, SAML, PASSKEY = "oidc", "saml", "passkey"


def is_oidc_on() -> bool:
    """Return whether log-in by OpenID Connect is set up."""
    return bool(
        settings.OIDC_SERVER_URL and settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET
    )


def is_saml_on() -> bool:
    """Return whether log-in by SAML is set up and its packages are installed."""
    return bool(settings.SAML_IDP_METADATA) and find_spec("onelogin") is not None


def open_doors(wanted: str) -> list[tuple[str, str]]:
    """Return kind and address of each way in that leads to `wanted`, an own path."""
    kinds = [OIDC] * is_oidc_on() + [SAML] * is_saml_on()
    if not settings.SSO_ONLY and Factor.objects.filter(kind=FactorKind.PASSKEY).exists():
        kinds.append(PASSKEY)
    return [(kind, f"{_address(kind)}?{urlencode({'next': wanted})}") for kind in kinds]


def doors_to_confirm(means: str, wanted: str) -> list[str]:
    """Return the URL where a user who logged in by the provider `means` confirms their identity."""
    if (means == OIDC and is_oidc_on()) or (means == SAML and is_saml_on()):
        return [f"{_address(means)}?{urlencode({'next': wanted, 'confirm': '1'})}"]
    return []


def _address(kind: str) -> str:
    if kind == OIDC:
        return reverse("login:oidc-login", args=[settings.OIDC_ID])
    return reverse("login:saml-login" if kind == SAML else "login:passkey")
