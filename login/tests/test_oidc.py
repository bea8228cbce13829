"""Log-in by OpenID Connect against a provider with real keys: what lets in and what does not."""

import base64
import json
import logging
import time
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from customers.models import AuditEntry
from login.models import Identity
from login.tests.conftest import CALLBACK, START
from login.tests.provider import ec_key, public, rsa_key

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def last_entry() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def test_first_log_in_makes_a_user_without_rights(log_in, client, provider, caplog):
    client.get(START)
    before = client.session.session_key
    with caplog.at_level(logging.DEBUG):
        response = log_in("?next=/admin/settings/")
    assert (response.status_code, response["Location"]) == (302, "/admin/settings/")
    assert provider.request["code_challenge_method"] == "S256"
    assert len(provider.request["nonce"]) >= 32
    user = User.objects.get(username="ann")
    assert not (user.is_staff or user.is_superuser or user.has_usable_password())
    assert client.session.session_key != before
    assert Identity.objects.get().subject == "sub-1"
    entry = last_entry()
    assert (entry.action, entry.username, entry.after["means"]) == ("logged_in", "ann", "oidc")
    secrets = ("code-1", "access-1", "s3cr", provider.request["state"], provider.request["nonce"])
    said = caplog.text + str([*AuditEntry.objects.values()])
    assert not [one for one in secrets if one in said]
    client.logout()
    assert (last_entry().action, last_entry().after) == ("logged_out", {"means": "oidc"})


def test_subject_and_not_the_name_or_e_mail_decides_who_it_is(log_in, client, provider):
    User.objects.create_user("Ann", "ann@shop.example")
    provider.claims = {"email": "ann@shop.example", "email_verified": True}
    log_in()
    assert User.objects.get(pk=Identity.objects.get().user_id).username == "ann-2"
    provider.claims |= {"preferred_username": "renamed", "email": "other@shop.example"}
    log_in()
    assert User.objects.count() == 2
    provider.claims |= {"sub": "sub-2", "preferred_username": None}
    log_in()
    assert User.objects.latest("pk").username == "other@shop.example"
    provider.claims |= {"sub": "sub-3", "preferred_username": "\uff21nn"}
    log_in()
    assert User.objects.latest("pk").username == "Ann-3"


@pytest.mark.parametrize(
    ("signed", "key", "kid"),
    [("RS256", rsa_key, "one"), ("PS256", rsa_key, "one"), ("ES256", ec_key, "two")],
)
@pytest.mark.every_case
def test_each_algorithm_of_the_contract_is_taken(log_in, client, provider, signed, key, kid):
    provider.alg, provider.key, provider.kid = signed, key(), kid
    assert log_in().status_code == 302
    assert is_in(client)


def unsigned(provider: Any) -> str:
    head, body, _signature = provider.id_token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    return f"{head}.{body}."


def by_hmac(provider: Any) -> str:
    """Sign by HMAC with the client's secret, as no provider may."""
    body = jwt.decode(provider.id_token(), options={"verify_signature": False})
    return jwt.encode(body, "s3cr%t &" * 8, "HS256", headers={"kid": "one"})


def with_header(provider: Any, header: dict[str, Any]) -> str:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{head}.{provider.id_token().partition('.')[2]}"


NOW = time.time
WRONG_TOKENS: dict[str, Any] = {
    "alg": unsigned,
    "alg ": by_hmac,
    "no key": lambda provider: setattr(provider, "key", rsa_key("other")),
    "no key ": lambda provider: setattr(provider, "kid", "three"),
    "no key  ": lambda provider: provider.keys[0].update(use="enc"),
    "there is no ID token": lambda provider: setattr(provider, "token", 7),
    "cannot be read": lambda provider: "x.y.z",
    "nonce": lambda provider: provider.claims.update(nonce="other"),
    "nonce ": lambda provider: provider.claims.update(nonce=None),
    "iss": lambda provider: provider.claims.update(iss=provider.issuer + "/"),
    "aud": lambda provider: provider.claims.update(aud="other"),
    "azp": lambda provider: provider.claims.update(aud=["tranche", "other"]),
    "azp ": lambda provider: provider.claims.update(azp="other"),
    "exp": lambda provider: provider.claims.update(exp=int(NOW()) - 61),
    "exp ": lambda provider: provider.claims.update(exp=None),
    "iat": lambda provider: provider.claims.update(iat=int(NOW()) + 75),
    "iat ": lambda provider: provider.claims.update(iat=None),
    "iat  ": lambda provider: provider.claims.update(iat=int(NOW()) - 100),
    "sub": lambda provider: provider.claims.update(sub=""),
    "sub of the user info": lambda provider: setattr(provider, "userinfo", {"sub": "other"}),
    "sub of the user info ": lambda provider: setattr(provider, "userinfo", {}),
    "alg  ": lambda provider: with_header(provider, {"alg": ["none"]}),
    "there is no ID token ": lambda provider: "\ud800.y.z",
    "nonce  ": lambda provider: provider.claims.update(nonce="\ud800"),
}


@pytest.mark.parametrize("reason", WRONG_TOKENS)
@pytest.mark.every_case
def test_each_check_of_the_token_fails_closed(log_in, client, provider, caplog, reason):
    """Catches each check that is left out: nobody is in, one page, one line, one entry."""
    response = client.get(START)
    state = provider.authorize(response["Location"])
    if token := WRONG_TOKENS[reason](provider):
        provider.token = token
    with caplog.at_level(logging.INFO):
        refused = client.get(CALLBACK, {"code": "code-1", "state": state})
    assert refused.status_code == 403
    assert not is_in(client)
    assert not User.objects.exists()
    lines = [one.getMessage() for one in caplog.records]
    assert len(lines) == 1
    assert reason.strip() in lines[0]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.after["means"]) == ("refused", "login", "oidc")
    assert reason.strip() in entry.after["reason"]
    assert reason.strip() not in refused.content.decode().lower().split("<main>")[1]


def test_sixty_seconds_are_tolerated_and_one_of_several_recipients_is_right(log_in, provider):
    at = int(time.time())
    provider.claims = {"exp": at - 50, "iat": at + 50, "aud": ["tranche", "b"], "azp": "tranche"}
    assert log_in().status_code == 302


def test_an_answer_belongs_to_one_request_of_this_browser(log_in, client, provider):
    state = provider.authorize(client.get(START)["Location"])
    answer = {"code": "code-1", "state": state}
    assert Client().get(CALLBACK, answer).status_code == 403
    assert client.get(CALLBACK, {**answer, "state": "other"}).status_code == 403
    assert client.get(CALLBACK, answer).status_code == 302
    client.logout()
    assert client.get(CALLBACK, answer).status_code == 403
    assert log_in(iss="https://other.example").status_code == 403
    assert log_in(error="access_denied").status_code == 403
    assert log_in(code="other").status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize("part", ["openid-configuration", "token", "keys", "userinfo"])
@pytest.mark.every_case
def test_nobody_is_in_while_the_provider_fails(log_in, client, provider, part):
    provider.userinfo = {"sub": "sub-1"}
    state = provider.authorize(client.get(START)["Location"])
    provider.statuses = {part: 500}
    response = client.get(CALLBACK, {"code": "code-1", "state": state})
    assert response.status_code == 503
    assert "/admin/login/" in response.content.decode()
    assert not is_in(client)


def test_a_slow_provider_is_left_after_the_limit(client, provider, monkeypatch):
    monkeypatch.setattr("login.provider_requests.SECONDS", 0.1)
    provider.seconds = 0.4
    assert client.get(START).status_code == 503


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/%09//evil.example"]
)
@pytest.mark.every_case
def test_the_way_on_leads_to_own_paths_only(log_in, wanted):
    assert log_in(f"?next={wanted}")["Location"] == "/admin/"


def test_groups_are_given_and_taken_at_every_log_in(log_in, client, provider, settings):
    settings.OIDC_GROUPS = [("shop-admins", "superuser"), ("mkt", "Marketing"), ("cs", "Service")]
    kept = Group.objects.create(name="Kept")
    provider.userinfo = {"sub": "sub-1", "groups": ["mkt", "shop-admins"]}
    log_in()
    user = User.objects.get()
    assert user.is_staff and user.is_superuser
    user.groups.add(kept)
    entry = AuditEntry.objects.get(subject="login.rights")
    assert (entry.after["groups"], entry.after["means"]) == (["Marketing"], "oidc")

    provider.userinfo["groups"] = ["cs"]
    log_in()
    user.refresh_from_db()
    assert {one.name for one in user.groups.all()} == {"Kept", "Service"}
    assert user.is_staff and not user.is_superuser

    client.logout()
    provider.userinfo["groups"] = ["others"]
    assert log_in().status_code == 403
    user.refresh_from_db()
    assert [one.name for one in user.groups.all()] == ["Kept"]
    assert not user.is_staff
    provider.claims = {"sub": "sub-2"}
    provider.userinfo["sub"] = "sub-2"
    assert log_in().status_code == 403
    assert User.objects.count() == 1


def test_domains_need_a_verified_e_mail(log_in, client, provider, settings):
    settings.OIDC_DOMAINS = ["Shop.example", "strasse.example"]
    for claims in (
        {"email": "ann@shop.example"},
        {"email": "ann@evil.example", "email_verified": True},
        {"email": "ann@shop.example.evil.example", "email_verified": True},
        {"email": "ann@straße.example", "email_verified": True},
    ):
        provider.claims = claims
        assert log_in().status_code == 403
    assert not User.objects.exists()
    provider.claims = {"email": "ann@SHOP.example", "email_verified": True}
    assert log_in().status_code == 302


def test_a_verified_e_mail_links_one_user_where_it_may(log_in, provider, settings):
    ann = User.objects.create_user("a", "Ann@shop.example", is_active=False)
    provider.claims = {"email": "ann@shop.example", "email_verified": True}
    settings.OIDC_LINK_EMAIL = True
    assert log_in().status_code == 403  # Who is not active stays out, and gets no second user.
    assert User.objects.count() == 1
    User.objects.update(is_active=True)
    log_in()
    assert Identity.objects.get().user == ann
    Identity.objects.all().delete()
    User.objects.create_user("b", "ann@shop.example")
    log_in()
    assert Identity.objects.get().user.username == "ann"  # Two have this e-mail.
    provider.claims |= {"sub": "sub-3", "email": "b@shop.example", "email_verified": False}
    User.objects.filter(username="b").update(email="b@shop.example")
    log_in()
    assert Identity.objects.latest("pk").user.username == "ann-2"


def test_where_it_is_off_or_called_otherwise_there_is_no_such_page(client, settings):
    assert client.get(START).status_code == 404
    settings.OIDC_SERVER_URL = settings.OIDC_CLIENT_ID = settings.OIDC_CLIENT_SECRET = "x"
    settings.OIDC_ID = "corp"
    assert client.get(START).status_code == 404


def test_a_withdrawn_key_signs_nothing_any_more(log_in, provider):
    assert log_in().status_code == 302
    provider.keys = [public(rsa_key("other"), "one")]
    assert log_in().status_code == 403
    provider.key = rsa_key("other")
    assert log_in().status_code == 302
