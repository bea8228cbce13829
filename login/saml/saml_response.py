"""The check of a SAML answer: signed, for our entity, to a request of ours, used once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from core.clock import now
from login.accounts.person import is_subject
from login.models import SamlRequest
from login.refusals import LoginRefused

VALID = timedelta(minutes=10)
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
CONFIRMED = "//saml:Assertion/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData/@"
RESTRICTIONS = "//saml:Assertion/saml:Conditions/saml:AudienceRestriction"
AUTHENTICATED_AT = "//saml:Assertion/saml:AuthnStatement/@AuthnInstant"
# Names of attributes beside those of OpenID Connect, of which each stands for itself.
CLAIMS = {
    "uid": "preferred_username",
    "urn:oid:0.9.2342.19200300.100.1.1": "preferred_username",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "preferred_username",
    "mail": "email",
    "urn:oid:0.9.2342.19200300.100.1.3": "email",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "email",
    "givenName": "given_name",
    "urn:oid:2.5.4.42": "given_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "given_name",
    "sn": "family_name",
    "urn:oid:2.5.4.4": "family_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": "family_name",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups": "groups",
}


def request_data(request: HttpRequest) -> dict[str, Any]:
    """Return a request as the toolkit reads it."""
    return {
        "https": "on" if request.is_secure() else "off",
        "http_host": request.get_host(),
        "script_name": request.path,
        "get_data": request.GET.dict(),
        "post_data": request.POST.dict(),
    }


def take_answer(request: HttpRequest, toolkit: Any) -> str:
    """Store the claims of the posted answer at the request that it answers; return that id.

    Raises LoginRefused.
    """
    from onelogin.saml2.response import OneLogin_Saml2_Response as Answer
    from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils
    from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as Xml

    try:
        answer = Answer(toolkit, request.POST.get("SAMLResponse", ""))
        request_id = answer.get_in_response_to()
        asked = SamlRequest.objects.filter(
            request_id=(request_id or "").replace("\0", ""),
            answered_at=None,
            created_at__gt=now() - VALID,
        ).first()
        if asked is None:
            raise LoginRefused("it answers no open request (InResponseTo)")
        if not answer.is_valid(request_data(request), request_id):
            # The toolkit's sentence names addresses and ids, no secret.
            raise LoginRefused(f"SAML: {str(answer.get_error())[:200]!r}")
        document = answer.get_xml_document()
        # The signed part has to name request, address and audience (SAML 2.0 profiles, 4.1.4.2):
        # the toolkit takes an assertion without them, and an address that only contains ours.
        if {str(one) for one in Xml.query(document, f"{CONFIRMED}InResponseTo")} != {request_id}:
            raise LoginRefused("the assertion answers no request (InResponseTo)")
        ours = toolkit.get_sp_data()
        address = ours["assertionConsumerService"]["url"]
        if {str(one) for one in Xml.query(document, f"{CONFIRMED}Recipient")} != {address}:
            raise LoginRefused("the assertion is for another address (Recipient)")
        restrictions = [
            {Xml.element_text(one) for one in Xml.query(restriction, "./saml:Audience")}
            for restriction in Xml.query(document, RESTRICTIONS)
        ]
        if not restrictions or any(ours["entityId"] not in one for one in restrictions):
            raise LoginRefused("the assertion is not for us (Audience)")
        if answer.get_nameid_format() == TRANSIENT:
            raise LoginRefused("the name of the person is a transient one")
        subject = answer.get_nameid()
        claims = claims_of(answer.get_attributes(), answer.get_friendlyname_attributes())
        instants = Xml.query(document, AUTHENTICATED_AT)
        authenticated_at = min((Utils.parse_SAML_to_time(str(one)) for one in instants), default=0)
    except LoginRefused:
        raise
    except Exception as error:  # The answer may be anything, and the toolkit raises what it meets.
        raise LoginRefused(f"SAML: {type(error).__name__}") from error
    if not is_subject(subject):
        raise LoginRefused("SAML: NameID")
    claims |= {"sub": subject, "auth_time": authenticated_at}
    open_request = SamlRequest.objects.filter(pk=asked.pk, answered_at=None)
    if not open_request.update(answered_at=now(), claims=claims):
        raise LoginRefused("the request was answered before", subject)
    return asked.request_id


def claims_of(*attributes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return attributes as the claims of OpenID Connect; later ones fill gaps."""
    found: dict[str, Any] = {}
    for several in attributes:
        for name, values in several.items():
            texts = [one for one in values if isinstance(one, str)]
            claim = CLAIMS.get(name, name)
            if claim in {"sub", "auth_time"} or not texts:
                continue
            single = texts[0] if len(texts) == 1 else texts
            found.setdefault(claim, single)
    return found
