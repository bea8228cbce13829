"""Log-in by SAML: signed, for our entity, to a request of this browser, once; else refused."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from customers.models import AuditEntry
from login.models import Identity
from login.tests import saml_provider
from login.tests.saml_provider import ENTITY, ISSUER, answer, metadata, request_id

pytestmark = [pytest.mark.django_db, pytest.mark.once]
pytest.importorskip("onelogin", reason="needs the extra saml, with libxmlsec1")

START, ACS = "/accounts/saml/sso/", "/accounts/saml/sso/acs/"


@pytest.fixture(autouse=True)
def provider(settings: Any, tmp_path: Any) -> None:
    file = tmp_path / "idp.xml"
    file.write_text(metadata())
    settings.SAML_IDP_METADATA, settings.SAML_ENTITY_ID = str(file), ENTITY


def post(said: str) -> Any:
    """Post as browsers do from another site: without cookies."""
    return Client(enforce_csrf_checks=True).post(ACS, {"SAMLResponse": said})


def test_a_signed_answer_to_a_request_of_ours_lets_in_once(client, settings):
    settings.OIDC_GROUPS = [("mkt", "Marketing")]
    asked = request_id(client.get(f"{START}?next=/admin/settings/")["Location"])
    said = answer(asked, uid="ann", mail="ann@shop.example", groups="mkt")
    way_on = post(said)
    assert way_on.status_code == 302
    assert Client().get(way_on["Location"]).status_code == 403  # Another browser has not asked.
    response = client.get(way_on["Location"])
    assert response["Location"] == "/admin/settings/"
    identity = Identity.objects.get()
    assert (identity.issuer, identity.subject) == (ISSUER, "ann-7")
    user = User.objects.get(username="ann")
    assert [one.name for one in user.groups.all()] == ["Marketing"]
    assert AuditEntry.objects.latest("pk").after["means"] == "saml"
    assert post(said).status_code == 403
    assert client.get(way_on["Location"]).status_code == 403
    assert b"tranche.example" in client.get("/accounts/saml/sso/metadata/").content


WRONG: dict[str, dict[str, Any]] = {
    "is not signed": {"signer": ""},
    "Signature validation failed": {"signer": "other"},
    "not a valid audience": {"audience": "https://other.example"},
    "the assertion answers no request": {"named": False},
    "the assertion is not for us": {"audience": ""},
    "the assertion is for another address": {
        "recipient": f"https://evil.example/?{saml_provider.ACS}"
    },
    "the assertion is for another address ": {"recipient": ""},
    "expired": {"minutes": -5},
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.every_case
def test_another_answer_is_refused(client, wrong):
    asked = request_id(client.get(START)["Location"])
    assert post(answer(asked, **WRONG[wrong])).status_code == 403
    entry = AuditEntry.objects.get()
    assert entry.action == "refused"
    assert wrong.strip() in entry.after["reason"]
    assert post(answer(asked)).status_code == 302


@pytest.mark.parametrize(
    "place",
    [
        "before the signed one",
        "of the same id",
        "around the signed one",
        "with the signed one in extensions",
    ],
)
@pytest.mark.every_case
def test_forged_assertion_beside_the_signed_one_is_refused(client, place):
    """Catches an upgrade of the toolkit, or a query of ours, that reads what is not signed."""
    asked = request_id(client.get(START)["Location"])
    assert post(saml_provider.wrapped(answer(asked), place)).status_code == 403
    assert post(answer(asked)).status_code == 302


def test_comment_or_entity_makes_no_other_name(client):
    """Catches a name that is read only up to a comment, which no signature covers."""
    asked = request_id(client.get(START)["Location"])
    right = saml_provider.base64.b64decode(answer(asked)).decode()
    entity = '<!DOCTYPE x [<!ENTITY boss "ann-7">]>' + right.replace("ann-7", "&boss;")
    assert post(saml_provider.base64.b64encode(entity.encode()).decode()).status_code == 403
    comment = right.replace("ann-7", "ann<!-- -->-7")
    way_on = post(saml_provider.base64.b64encode(comment.encode()).decode())
    client.get(way_on["Location"])
    assert Identity.objects.get().subject == "ann-7"


def test_relay_state_leads_nowhere(client):
    asked = request_id(client.get(f"{START}?next=//evil.example/")["Location"])
    sent = {"SAMLResponse": answer(asked), "RelayState": "https://evil.example/"}
    way_on = Client().post(ACS, sent)["Location"]
    assert way_on.startswith("/accounts/saml/sso/finish/")
    assert client.get(way_on)["Location"] == "/admin/"


def test_an_answer_to_no_request_or_with_other_words_is_refused(client):
    asked = request_id(client.get(START)["Location"])
    assert post(answer("ONELOGIN_unasked")).status_code == 403
    assert post("").status_code == 403
    assert post("PHg+").status_code == 403
    right = saml_provider.base64.b64decode(answer(asked)).decode()
    changed = right.replace("ann-7", "boss")
    assert post(saml_provider.base64.b64encode(changed.encode()).decode()).status_code == 403
    assert not User.objects.exists()


def test_a_provider_without_metadata_is_away(client, settings):
    settings.SAML_IDP_METADATA = "/nowhere/idp.xml"
    assert client.get(START).status_code == 503
    settings.SAML_IDP_METADATA = ""
    assert client.get(START).status_code == 404
