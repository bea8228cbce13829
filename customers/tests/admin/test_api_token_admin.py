"""Tokens in the admin: the key is shown once; nobody gets more than is theirs."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from customers.models import ApiToken

pytestmark = pytest.mark.django_db
LIST, ADD = "admin:customers_apitoken_changelist", "admin:customers_apitoken_add"


def inside(user):
    client = Client()
    client.force_login(user)
    return client


def staff(name, *codenames):
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def make(client, user, **values):
    data = {"user": user.pk, "name": "till", "expires_at_0": "", "expires_at_1": "", **values}
    return client.post(reverse(ADD), data)


def test_the_key_is_shown_once_and_works():
    boss = User.objects.create_superuser("boss")
    page = make(inside(boss), boss).content.decode()

    (key,) = re.findall(r'id="key"[^>]* value="([\w-]{43})"', page)
    answer = Client().get("/api/v1/segments/", headers={"Authorization": f"Token {key}"})
    assert answer.status_code == 200
    token = ApiToken.objects.get()
    for address in (reverse(LIST), reverse("admin:customers_apitoken_change", args=[token.pk])):
        shown = inside(boss).get(address).content.decode()
        assert token.beginning in shown
        assert key not in shown
        assert token.key_hash not in shown


def test_revoking_ends_it_and_nothing_else_can_be_changed():
    boss = User.objects.create_superuser("boss")
    client = inside(boss)
    make(client, boss)
    token = ApiToken.objects.get()
    address = reverse("admin:customers_apitoken_change", args=[token.pk])
    assert client.post(address, {"name": "other"}).status_code == 403
    delete = reverse("admin:customers_apitoken_delete", args=[token.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403

    asked = {"action": "revoke", "_selected_action": [token.pk]}
    question = client.post(reverse(LIST), asked).content.decode()
    token.refresh_from_db()
    assert token.revoked_at is None
    assert 'name="confirmed"' in question
    client.post(reverse(LIST), asked | {"confirmed": "1"})

    token.refresh_from_db()
    assert token.revoked_at is not None
    assert token.name == "till"


def test_nobody_makes_or_sees_a_token_of_somebody_else():
    boss = User.objects.create_superuser("boss")
    make(inside(boss), boss)
    of_boss = ApiToken.objects.get()
    clerk = staff("clerk", "add_apitoken", "view_apitoken", "change_apitoken")
    client = inside(clerk)

    assert "Select a valid choice" in make(client, boss).content.decode()
    assert ApiToken.objects.count() == 1
    assert of_boss.beginning not in client.get(reverse(LIST)).content.decode()
    page = client.get(reverse("admin:customers_apitoken_change", args=[of_boss.pk]))
    assert page.status_code == 302
    asked = {"action": "revoke", "_selected_action": [of_boss.pk], "confirmed": "1"}
    client.post(reverse(LIST), asked)
    of_boss.refresh_from_db()
    assert of_boss.revoked_at is None
    assert make(client, clerk).status_code == 200
    assert ApiToken.objects.filter(user=clerk).count() == 1


def test_who_only_sees_does_not_make_or_revoke():
    boss = User.objects.create_superuser("boss")
    viewer = staff("viewer", "view_apitoken")
    make(inside(boss), viewer)
    token = ApiToken.objects.get()
    client = inside(viewer)
    assert token.beginning in client.get(reverse(LIST)).content.decode()
    assert client.get(reverse(ADD)).status_code == 403
    asked = {"action": "revoke", "_selected_action": [token.pk], "confirmed": "1"}
    client.post(reverse(LIST), asked)
    token.refresh_from_db()
    assert token.revoked_at is None
    assert inside(staff("other")).get(reverse(LIST)).status_code == 403


def test_a_page_sent_twice_makes_one_token():
    boss = User.objects.create_superuser("boss")
    client = inside(boss)
    assert 'id="key"' in make(client, boss).content.decode()
    again = make(client, boss).content.decode()
    assert "revoke it first" in again
    assert ApiToken.objects.count() == 1


def test_only_permissions_that_calls_ask_for_are_offered_in_words_with_their_codes():
    page = inside(User.objects.create_superuser("boss")).get(reverse(ADD)).content.decode()
    assert " Can see the members of segments (segments.view_members)</label>" in page
    assert " Can send shop events (customers.send_events)</label>" in page
    assert " See: orders (customers.view_order)</label>" in page
    assert "admin.add_logentry" not in page


def test_a_past_end_is_refused():
    boss = User.objects.create_superuser("boss")
    page = make(inside(boss), boss, expires_at_0="2001-01-01", expires_at_1="00:00")
    assert "This time is past." in page.content.decode()
    assert not ApiToken.objects.exists()
