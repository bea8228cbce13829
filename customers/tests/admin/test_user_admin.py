"""Users in the admin: nobody who is no superuser takes the rights of one."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers.tests.admin.test_api_token_admin import inside, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> User:
    return staff("clerk", "view_user", "change_user", "delete_user")


def page(name: str, *user: User) -> str:
    return reverse(f"admin:auth_user_{name}", args=[one.pk for one in user])


def save(client: Client, user: User, **values: str) -> None:
    at = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00", "_save": "Save"}
    rows = {"website_limits-TOTAL_FORMS": "0", "website_limits-INITIAL_FORMS": "0"}
    flags = {"username": user.username, "is_active": "on", "is_staff": "on"}
    answer = client.post(page("change", user), {**flags, **at, **rows, **values})
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def test_only_a_superuser_makes_superusers(clerk: User) -> None:
    boss = User.objects.create_superuser("boss")
    for author, is_made in ((clerk, False), (boss, True)):
        save(inside(author), clerk, is_superuser="on", last_name="Clerk")
        clerk.refresh_from_db()
        assert (clerk.last_name, clerk.is_superuser) == ("Clerk", is_made)


def test_only_a_superuser_changes_or_deletes_one(clerk: User) -> None:
    boss = User.objects.create_superuser("boss", password="of the boss")
    client = inside(clerk)
    assert client.get(page("change", clerk)).status_code == 200
    assert client.post(page("change", boss), {"username": "mine"}).status_code == 403
    new = {"password1": "Of-the-clerk-1", "password2": "Of-the-clerk-1", "usable_password": "true"}
    password = reverse("admin:auth_user_password_change", args=[boss.pk])
    assert client.post(password, new).status_code == 403
    assert client.post(page("delete", boss), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [boss.pk], "post": "yes"}
    client.post(page("changelist"), chosen)
    boss.refresh_from_db()
    assert boss.check_password("of the boss")
