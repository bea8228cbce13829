"""Ways in that are closed: audited wrong passwords, one use of a state, ended sessions, origins."""

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from core.access.attempts import SHARED
from customers.models import AuditEntry
from login.factors import totp
from login.factors.stored import add_factor
from login.models import Factor
from login.sessions import MEANS
from login.tests.authenticator import SoftPasskey
from login.tests.conftest import CALLBACK, PASSWORD, START

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE, CONFIRM = "/accounts/2fa/", "/accounts/confirm/"


def give(client: Client, name: str = "boss", password: str = PASSWORD, query: str = ""):
    sent = {"username": name, "password": password, "next": "/admin/"}
    return client.post(f"{reverse('admin:login')}{query}", sent)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def refusals() -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(action="refused").order_by("pk")
    return list(rows.values_list("name", "after__reason"))


def test_each_wrong_password_has_an_entry_and_a_flood_has_few(client, boss):
    give(client, password="guess")
    give(client, name="nobody", password="guess")
    assert refusals() == [("boss", "wrong password"), ("nobody", "wrong password")]
    assert AuditEntry.objects.latest("pk").after["address"] == "127.0.0.1"
    most = configured.AXES_FAILURE_LIMIT * SHARED
    for number in range(most + 10):
        give(Client(), name=f"user{number}", password="guess")
    assert len(refusals()) == most
    assert AuditEntry.objects.filter(action="locked").count() == 1
    assert "guess" not in str([*AuditEntry.objects.values()])


def test_state_is_used_once_even_where_the_provider_fails(client, provider):
    state = provider.authorize(client.get(START)["Location"])
    provider.statuses = {"token": 500}
    assert client.get(CALLBACK, {"code": "code-1", "state": state}).status_code == 503
    provider.statuses = {}
    assert client.get(CALLBACK, {"code": "code-1", "state": state}).status_code == 403
    assert not is_in(client)


def test_sso_only_takes_a_password_on_no_page(client, boss, settings, provider):
    User.objects.create_user("clerk", is_staff=True, password=PASSWORD)
    for one in (client, clerk := Client()):
        give(one, name="boss" if one is client else "clerk")
        assert is_in(one)
    settings.SSO_ONLY = True
    assert b"id_password" not in client.get(CONFIRM).content
    assert client.post(CONFIRM, {"password": PASSWORD}).status_code == 403
    assert clerk.get(reverse("admin:password_change")).status_code == 403
    page = clerk.get(reverse("admin:index")).content.decode()
    assert reverse("admin:password_change") not in page
    # Right or wrong, of somebody or nobody: one page.
    pages = [
        give(Client(), name=name, password=password, query="?local=1")
        for name, password in (("clerk", PASSWORD), ("clerk", "guess"), ("nobody", "guess"))
    ]
    assert [one.status_code for one in pages] == [403] * 3
    assert len({one.content for one in pages}) == 1
    # A right one counts against the limit as well.
    for _attempt in range(configured.AXES_FAILURE_LIMIT - 2):
        last = give(Client(), name="clerk", query="?local=1")
    assert last.status_code == 429


def test_sso_only_asks_for_no_factor_and_ends_a_log_in_that_waits_for_one(
    client, boss, settings, provider
):
    settings.SECOND_FACTOR = "required"
    clerk = User.objects.create_user("clerk", is_staff=True, password=PASSWORD)
    assert give(client, name="clerk")["Location"] == PAGE
    assert b"to go on" in client.get(PAGE).content
    settings.SSO_ONLY = True
    assert client.get(PAGE)["Location"].startswith(reverse("admin:login"))
    # A superuser adds no first factor by a password either.
    assert give(Client(), query="?local=1").status_code == 403

    by_provider = Client()
    by_provider.force_login(clerk)
    session = by_provider.session
    session[MEANS] = "oidc"
    session.save()
    assert b"to go on" not in by_provider.get(PAGE).content
    factor = add_factor(clerk, "totp", totp.new_secret())
    by_provider.post(reverse("login:remove", args=[factor.pk]))
    assert not Factor.objects.exists()


def test_sessions_end_when_a_factor_becomes_necessary(client, boss, settings):
    other = Client()
    for one in (client, other):
        give(one)
    settings.SECOND_FACTOR = "superusers"
    assert client.get("/admin/").status_code == 302
    assert not is_in(client)
    assert other.get("/api/v1/segments/").status_code in (401, 403)
    assert give(client)["Location"] == PAGE
    # A log-in asks for the factors that there are by then, and its session stays.
    settings.SECOND_FACTOR = "optional"
    give(other)
    add_factor(boss, "totp", totp.new_secret())
    third = Client()
    third.force_login(boss)
    settings.SECOND_FACTOR = "required"
    assert third.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302
    assert not is_in(other)


def test_reset_factors_ends_the_sessions_of_that_user_only(client, boss):
    clerk = User.objects.create_user("clerk", is_staff=True, password=PASSWORD)
    add_factor(boss, "totp", totp.new_secret())
    other = Client()
    client.force_login(boss)
    other.force_login(clerk)
    call_command("reset_factors", "boss")
    assert client.get("/admin/").status_code == 302
    assert other.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("origin", "count"),
    [
        ("https://testserver", 1),
        ("https://evil.testserver", 0),
        ("http://testserver", 0),
        ("https://other.example", 0),
    ],
)
def test_passkeys_are_taken_from_pages_of_this_host(client, boss, origin, count):
    client.force_login(boss)
    give(client)
    address = f"{PAGE}passkeys/add/"
    options = client.get(address).context["options"]["publicKey"]
    client.post(address, {"answer": SoftPasskey(origin).made(options), "name": "Laptop"})
    assert Factor.objects.filter(kind="passkey").count() == count


def test_page_of_factors_says_what_each_is_good_for(client, boss):
    give(client)
    page = client.get(PAGE).content.decode()
    assert "Begin with an authenticator app" in page
    assert page.count("<dt>") == 3
    assert "main-menu-button" not in page
