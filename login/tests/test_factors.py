"""Second factors beside a password: who needs one, what is taken, how often, and what is stored."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from core.access.tokens import create_token
from core.clock import now
from customers.models import AuditEntry
from login.factors import totp
from login.factors.recovery_codes import new_codes, take_recovery_code
from login.factors.stored import add_factor
from login.models import Factor
from login.tests.authenticator import PRESENT, SoftPasskey
from login.tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE, STEP = "/accounts/2fa/", "/accounts/2fa/authenticate/"


@pytest.fixture
def secret(boss: User) -> str:
    """The key of the app that boss has."""
    secret = totp.new_secret()
    add_factor(boss, "totp", secret)
    return secret


def code(secret: str, ahead: int = 0) -> str:
    return totp.code_at(secret, int(now().timestamp()) // totp.PERIOD + ahead)


def give_password(client: Client, wanted: str = "/admin/settings/", query: str = "") -> Any:
    sent = {"username": "boss", "password": PASSWORD, "next": wanted}
    return client.post(f"{reverse('admin:login')}{query}", sent)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def options(client: Client, address: str) -> Any:
    return client.get(address).context["options"]["publicKey"]


def test_codes_are_those_of_the_standard():
    """RFC 6238, appendix B: the last six digits for SHA-1."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, 59 // 30) == "287082"
    assert totp.code_at(secret, 20000000000 // 30) == "353130"


def test_without_factors_the_page_and_the_log_in_are_django_s(client, boss):
    page = client.get(reverse("admin:login"))
    assert next(one.name for one in page.templates) == "admin/login.html"
    assert give_password(client)["Location"] == "/admin/settings/"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after["means"]) == ("logged_in", "password")
    assert entry.who == "boss"


def test_a_password_alone_lets_nobody_in_who_has_a_factor(client, secret):
    assert give_password(client)["Location"] == STEP
    assert not is_in(client)
    assert client.get(PAGE)["Location"] == "/admin/login/"  # Nor does it change factors.
    right = code(secret)
    response = client.post(STEP, {"code": right})
    assert response["Location"] == "/admin/settings/"
    assert is_in(client)
    assert AuditEntry.objects.latest("pk").after["factor"] == "totp"

    again = Client()
    give_password(again)
    assert again.post(STEP, {"code": right}).status_code == 200  # It is taken once.
    assert not is_in(again)
    assert again.post(STEP, {"code": code(secret, 1)}).status_code == 302


def test_wrong_codes_count_like_wrong_passwords(client, secret):
    give_password(client)
    for number in range(configured.AXES_FAILURE_LIMIT):
        response = client.post(STEP, {"code": f"{number}-wrong"})
    assert response.status_code == 429
    assert client.post(STEP, {"code": code(secret)}).status_code == 429
    assert give_password(Client()).status_code == 429
    assert "1-wrong" not in str([*AuditEntry.objects.values()])


def test_a_password_waits_ten_minutes_and_ends_with_the_password(client, secret, boss, monkeypatch):
    give_password(client)
    later = now() + timedelta(minutes=11)
    with monkeypatch.context() as patched:
        patched.setattr("login.sessions.now", lambda: later)
        assert client.post(STEP, {"code": code(secret)})["Location"] == "/admin/login/"
    give_password(client)
    boss.set_password("another")
    boss.save()
    assert client.post(STEP, {"code": code(secret)})["Location"] == "/admin/login/"


def test_who_needs_a_factor_sets_one_up_before_anything_else(client, boss, settings):
    settings.SECOND_FACTOR = "superusers"
    assert give_password(client)["Location"] == PAGE
    assert client.get(reverse("admin:index")).status_code == 302
    assert not is_in(client)
    secret = client.get(f"{PAGE}totp/add/").context["secret"]
    assert client.post(f"{PAGE}totp/add/", {"code": "000"}).status_code == 200
    page = client.post(f"{PAGE}totp/add/", {"code": code(secret)})
    codes = page.context["codes"]
    assert len(set(codes)) == 10
    assert "/admin/settings/" in page.content.decode()
    assert is_in(client)
    stored = str([*Factor.objects.values()])
    assert not [one for one in codes if one in stored or one.replace("-", "") in stored]
    # The last one stays.
    number = Factor.objects.get(kind="totp").pk
    client.post(f"{PAGE}{number}/remove/")
    assert Factor.objects.filter(kind="totp").exists()
    settings.SECOND_FACTOR = "optional"
    client.post(f"{PAGE}{number}/remove/")
    assert not Factor.objects.exists()
    kept = AuditEntry.objects.filter(subject="login.factor").values_list("action", "after__kind")
    assert [*kept] == [("deleted", "totp"), ("created", "recovery"), ("created", "totp")]

    settings.SECOND_FACTOR = "superusers"
    clerk = User.objects.create_user("clerk", is_staff=True, password=PASSWORD)
    other = Client()
    other.post(reverse("admin:login"), {"username": clerk.username, "password": PASSWORD})
    assert is_in(other)


def test_each_recovery_code_lets_in_once(client, secret, boss):
    codes = new_codes(boss)
    give_password(client)
    assert client.post(STEP, {"code": codes[0].upper()}).status_code == 302
    assert not take_recovery_code(boss, codes[0])
    client.post(f"{PAGE}recovery-codes/")
    assert not take_recovery_code(boss, codes[1])
    assert Factor.objects.filter(kind="recovery").count() == 10


def test_passkeys_verify_the_person_and_are_not_copies(client, boss):
    client.force_login(boss)
    key = SoftPasskey()
    key.flags = PRESENT  # Somebody touched it: that is not enough.
    added = f"{PAGE}passkeys/add/"
    answer = key.made(options(client, added))
    assert client.post(added, {"answer": answer}).status_code == 200
    assert not Factor.objects.exists()
    key = SoftPasskey()
    answer = key.made(options(client, added))
    page = client.post(added, {"answer": answer, "name": "Laptop"})
    assert page.templates[0].name == "login/recovery_codes.html"
    assert client.post(added, {"answer": answer}).status_code == 200  # A challenge is used once.
    assert Factor.objects.get(kind="passkey").name == "Laptop"

    second = Client()
    give_password(second)
    answer = key.signed(options(second, STEP))
    assert second.post(STEP, {"answer": answer})["Location"] == "/admin/settings/"
    assert AuditEntry.objects.latest("pk").after["factor"] == "passkey"

    alone, address = Client(), "/accounts/passkey/?next=/admin/settings/"
    assert "/accounts/passkey/" in alone.get(reverse("admin:login")).content.decode()
    key.flags = PRESENT
    assert alone.post(address, {"answer": key.signed(options(alone, address))}).status_code == 200
    key = _copy(key)
    assert alone.post(address, {"answer": key.signed(options(alone, address))}).status_code == 200
    key.counter, key.origin = 10, "https://evil.example"
    assert alone.post(address, {"answer": key.signed(options(alone, address))}).status_code == 200
    for rubbish in ("", "[]", "{}", '{"id": 7}', '{"rawId": "x", "id": "x", "response": {}}'):
        options(alone, address)
        assert alone.post(address, {"answer": rubbish}).status_code == 200
    assert not is_in(alone)
    key.origin = "https://testserver"
    answer = key.signed(options(alone, address))
    assert alone.post(address, {"answer": answer})["Location"] == "/admin/settings/"
    assert AuditEntry.objects.latest("pk").after["means"] == "passkey"


def _copy(key: SoftPasskey) -> SoftPasskey:
    other = SoftPasskey()
    other.key = key.key
    return other


def test_sso_only_refuses_passwords_but_of_superusers_with_a_factor(
    client, secret, settings, provider
):
    settings.SSO_ONLY = True
    page = client.get(reverse("admin:login")).content.decode()
    assert "id_password" not in page
    assert "/accounts/oidc/sso/login/?next=%2Fadmin%2F" in page
    assert "Single sign-on" in page
    assert give_password(client).status_code == 403
    assert "id_password" in client.get(reverse("admin:login") + "?local=1").content.decode()
    assert give_password(client, query="?local=1")["Location"] == STEP
    assert client.post(STEP, {"code": code(secret)}).status_code == 302
    Factor.objects.all().delete()
    assert give_password(Client(), query="?local=1").status_code == 403
    User.objects.update(is_superuser=False, is_staff=True)
    assert give_password(Client(), query="?local=1").status_code == 403
    assert AuditEntry.objects.filter(action="refused", after__means="password").count() == 3


def test_the_command_removes_all_factors_of_a_user(secret, boss, capsys):
    new_codes(boss)
    call_command("reset_factors", "boss")
    assert "11 factors are removed." in capsys.readouterr().out
    assert not Factor.objects.exists()
    entry = AuditEntry.objects.filter(action="deleted").first()
    assert (entry.subject, entry.name, entry.username) == ("login.factor", "boss", "")
    with pytest.raises(CommandError, match="no user"):
        call_command("reset_factors", "nobody")


@pytest.mark.parametrize(
    "address",
    [
        "/admin/customers/apitoken/add/",
        "/admin/segments/webhookendpoint/add/",
        "/admin/alerts/alertchannel/add/",
        PAGE,
    ],
)
@pytest.mark.every_case
def test_keys_and_factors_ask_again_who_it_is_after_a_while(client, boss, monkeypatch, address):
    give_password(client)
    assert client.get(address).status_code == 200
    later = now() + timedelta(minutes=configured.REAUTH_MINUTES, seconds=5)
    monkeypatch.setattr("login.sessions.now", lambda: later)
    monkeypatch.setattr("login.pages.confirm.now", lambda: later)
    asked = client.get(address)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/confirm/?next=%2F")
    assert client.get("/admin/").status_code == 200
    before = client.session.session_key
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 200
    assert client.get(address).status_code == 302
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == address
    assert client.session.session_key != before
    assert client.get(address).status_code == 200


def test_programs_with_a_token_are_not_asked_and_sessions_are(client_with, monkeypatch):
    caller = client_with("segments.add_webhookendpoint", "segments.view_webhookendpoint")
    later = now() + timedelta(days=1)
    monkeypatch.setattr("login.sessions.now", lambda: later)
    body = {"name": "Shop", "url": "https://shop.example/hook", "segments": None}
    refused = caller.send("POST", "webhooks/", body)
    assert refused.status_code == 403
    assert "Confirm who you are" in refused.json()["detail"]
    key = create_token(caller.user, author=None).key
    caller.logout()
    made = caller.send("POST", "webhooks/", body, Authorization=f"Token {key}")
    assert made.status_code == 201


def test_confirming_at_the_provider_asks_the_same_person_again(log_in, client, provider):
    log_in()
    again = "/accounts/oidc/sso/login/?confirm=1&next=/admin/"
    state = provider.authorize(client.get(again)["Location"])
    assert (provider.request["prompt"], provider.request["max_age"]) == ("login", "0")
    callback = "/accounts/oidc/sso/login/callback/"
    assert client.get(callback, {"code": "code-1", "state": state}).status_code == 403
    for subject, status in (("sub-2", 403), ("sub-1", 302)):
        provider.claims = {"auth_time": int(now().timestamp()), "sub": subject}
        state = provider.authorize(client.get(again)["Location"])
        answer = client.get(callback, {"code": "code-1", "state": state})
        assert answer.status_code == status
    assert User.objects.count() == 1
