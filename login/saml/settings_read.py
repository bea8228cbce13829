"""The SAML toolkit's settings about the provider and about us."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from login.provider_requests import fetch_from_provider
from login.refusals import ProviderAway

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


def toolkit_settings(request: HttpRequest, *, with_provider: bool = True) -> Any:
    """Return the settings of python3-saml for the site that `request` came to.

    Assertions have to be signed, for our entity, and answers to a request. Raises ProviderAway
    where the provider's metadata cannot be read.
    """
    from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser
    from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings

    ours: dict[str, Any] = {
        "strict": True,
        "debug": False,
        "sp": {
            "entityId": entity_id(request),
            "assertionConsumerService": {"url": _address(request, "saml-answer"), "binding": POST},
            "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        },
        "security": {
            "wantAssertionsSigned": True,
            "rejectUnsolicitedResponsesWithInResponseTo": True,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
            "wantNameId": True,
            "allowSingleLabelDomains": True,
        },
    }
    if not with_provider:
        return Settings(ours, sp_validation_only=True)
    try:
        theirs = Parser.parse(_metadata(), required_sso_binding=REDIRECT)
        # Only the settings of the provider: statements about us in its metadata do not count.
        ours["idp"] = theirs["idp"]
        if not ours["idp"]["singleSignOnService"]["url"] or not ours["idp"]["entityId"]:
            raise ValueError
        return Settings(ours)
    except ProviderAway:
        raise
    except Exception as error:  # The toolkit raises whatever its parser does.
        raise ProviderAway(f"its metadata: {type(error).__name__}") from error


def entity_id(request: HttpRequest) -> str:
    """Return our entity ID, by which the provider knows us."""
    return settings.SAML_ENTITY_ID or _address(request, "saml-metadata")


def _metadata() -> bytes:
    place = settings.SAML_IDP_METADATA
    if place.startswith(("https://", "http://")):
        status, content = fetch_from_provider(
            "GET", place, None, {"Accept": "application/samlmetadata+xml"}
        )
        if status != 200:
            raise ProviderAway(f"its metadata: it answers {status}")
        return content
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise ProviderAway(f"its metadata: {type(error).__name__}") from error


def _address(request: HttpRequest, name: str) -> str:
    return request.build_absolute_uri(reverse(f"login:{name}"))
