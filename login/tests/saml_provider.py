"""A SAML provider: metadata with a real certificate, and answers that it signs."""

import base64
import zlib
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from lxml import etree

from login.tests.provider import rsa_key

ISSUER = "https://idp.example/entity"
ENTITY = "https://tranche.example"
ACS = "http://testserver/accounts/saml/sso/acs/"
SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DIGEST = "http://www.w3.org/2001/04/xmlenc#sha256"
DS = "http://www.w3.org/2000/09/xmldsig#"
P, A = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"


@cache
def certificate(name: str = "first") -> str:
    key, at = rsa_key(name), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def metadata() -> str:
    body = "".join(certificate().splitlines()[1:-1])
    return (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ISSUER}">'
        f'<IDPSSODescriptor protocolSupportEnumeration="{P}"><KeyDescriptor use="signing">'
        '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{body}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
        'Location="https://idp.example/sso"/></IDPSSODescriptor></EntityDescriptor>'
    )


def request_id(location: str) -> str:
    """Return the id of the request in the browser's way to the provider."""
    packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    return etree.fromstring(zlib.decompress(base64.b64decode(packed), -15)).get("ID")


def answer(
    asked: str,
    *,
    audience: str = ENTITY,
    recipient: str = ACS,
    minutes: int = 2,
    signer: str = "first",
    named: Any = True,
    **values: str,
) -> str:
    """Return the provider's answer to the request `asked`, as the browser posts it."""
    from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils

    at = datetime.now(UTC)
    soon, now = (f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (at + timedelta(minutes=minutes), at))
    attributes = "".join(
        f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue>'
        "</saml:Attribute>"
        for name, value in (values or {"uid": "ann"}).items()
    )
    answers = f'InResponseTo="{asked}" ' if named else ""
    reached = f'Recipient="{recipient}"' if recipient else ""
    restriction = (
        f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience>"
        "</saml:AudienceRestriction>"
        if audience
        else ""
    )
    assertion = (
        f'<saml:Assertion xmlns:saml="{A}" ID="_a1" Version="2.0" IssueInstant="{now}">'
        f"<saml:Issuer>{ISSUER}</saml:Issuer><saml:Subject><saml:NameID>ann-7</saml:NameID>"
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData {answers}NotOnOrAfter="{soon}" {reached}/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{now}" NotOnOrAfter="{soon}">{restriction}</saml:Conditions>'
        f'<saml:AuthnStatement AuthnInstant="{now}"><saml:AuthnContext>'
        "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
    )
    if signer:
        key = rsa_key(signer).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        signed = Utils.add_sign(assertion, key.decode(), certificate(signer), False, SHA256, DIGEST)
        assertion = signed.decode() if isinstance(signed, bytes) else signed
    response = (
        f'<samlp:Response xmlns:samlp="{P}" xmlns:saml="{A}" ID="_r1" Version="2.0" '
        f'IssueInstant="{now}" Destination="{ACS}" InResponseTo="{asked}">'
        f"<saml:Issuer>{ISSUER}</saml:Issuer><samlp:Status><samlp:StatusCode "
        'Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f"{assertion}</samlp:Response>"
    )
    return base64.b64encode(response.encode()).decode()


def wrapped(said: str, place: str) -> str:
    """Return the answer `said` with a forged assertion about "boss" beside the signed one."""
    document = etree.fromstring(base64.b64decode(said))
    signed = document.find(f"{{{A}}}Assertion")
    signature = signed.find(f"{{{DS}}}Signature")
    forged = deepcopy(signed)
    forged.remove(forged.find(f"{{{DS}}}Signature"))
    forged.find(f".//{{{A}}}NameID").text = "boss"
    if place != "of the same id":
        forged.set("ID", "_forged")
    if place == "around the signed one":
        document.replace(signed, forged)
        signed.remove(signature)
        forged.insert(1, signature)
        etree.SubElement(signature, f"{{{DS}}}Object").append(signed)
    elif place == "with the signed one in extensions":
        document.replace(signed, forged)
        extensions = etree.Element(f"{{{P}}}Extensions")
        extensions.append(signed)
        document.insert(1, extensions)
    else:
        signed.addprevious(forged)
    return base64.b64encode(etree.tostring(document)).decode()
