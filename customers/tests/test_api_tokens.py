"""Tokens for programs: made once, found by their key, limited, ended."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from core.access.tokens import create_token, revoke_token
from core.clock import now
from customers.models import ApiToken, AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def user():
    return User.objects.create_superuser("boss")


def call(key, path="segments/", scheme="Token"):
    return Client().get(f"/api/v1/{path}", headers={"Authorization": f"{scheme} {key}"})


def command(*arguments, **options):
    out = StringIO()
    call_command("create_api_token", *arguments, stdout=out, **options)
    return out.getvalue().strip()


def test_the_command_prints_a_key_of_which_only_the_hash_is_stored(user):
    key = command("boss", "--expires", "30", "--name", "checkout")

    assert re.fullmatch(r"[\w-]{43}", key)
    token = ApiToken.objects.get()
    stored = [str(getattr(token, field.attname)) for field in token._meta.concrete_fields]
    assert not any(key in value for value in stored)
    assert key.startswith(token.beginning)
    assert timedelta(days=29) < token.expires_at - now() <= timedelta(days=30)
    assert call(key).status_code == 200
    assert {call(key, scheme=one).status_code for one in ("token", "Bearer", "bearer")} == {200}
    assert call(f"{key},Bearer {key}").status_code == 401
    entry = AuditEntry.objects.get(subject="token")
    assert (entry.action, entry.name, entry.after["name"]) == ("created", key[:8], "checkout")


@pytest.mark.parametrize("key", ["", "x", "ü", "\x80", "K" * 43, "a b"])
def test_a_key_that_is_none_is_refused(user, key):
    refused = call(key)
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == "Token, Bearer"


def test_without_a_key_nobody_is_let_in():
    assert Client().get("/api/v1/segments/").status_code == 401


def test_a_token_ends_by_time_by_hand_and_with_its_user(user):
    expiring = create_token(user, author=None, expires_at=now() + timedelta(seconds=60))
    revoked = create_token(user, author=None)
    plain = create_token(user, author=None)
    assert {call(one.key).status_code for one in (expiring, revoked, plain)} == {200}

    ApiToken.objects.filter(pk=expiring.token.pk).update(expires_at=now())
    revoke_token(revoked.token, author=user)

    assert [call(one.key).status_code for one in (expiring, revoked, plain)] == [401, 401, 200]
    assert AuditEntry.objects.filter(subject="token", action="changed", user=user).count() == 1
    revoke_token(revoked.token, author=user)
    assert AuditEntry.objects.filter(subject="token", action="changed").count() == 1
    User.objects.update(is_active=False)
    assert call(plain.key).status_code == 401


def test_a_limited_token_may_no_more_than_its_user_and_than_it_says(user):
    view = Permission.objects.get(codename="view_segment", content_type__app_label="segments")
    limited = create_token(user, author=None, permissions=[view])
    clerk = User.objects.create_user("clerk")
    more_than_its_user = create_token(clerk, author=None, permissions=[view])

    assert call(limited.key).status_code == 200
    assert call(limited.key, "changes/").status_code == 403
    assert call(limited.key, "conditions/").status_code == 403
    assert call(more_than_its_user.key).status_code == 403
    assert User.objects.get(username="boss").is_superuser


def test_the_last_use_is_known_to_the_minute(user, django_assert_num_queries):
    made = create_token(user, author=None)
    assert made.token.last_used_at is None
    call(made.key)
    used = ApiToken.objects.get().last_used_at
    assert now() - used < timedelta(minutes=1)
    call(made.key)
    assert ApiToken.objects.get().last_used_at == used
    ApiToken.objects.update(last_used_at=used - timedelta(minutes=2))
    call(made.key)
    assert ApiToken.objects.get().last_used_at >= used


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "nobody"),
        (["gone"], "not active"),
        (["boss", "--expires", "0"], "--expires"),
        (["boss", "--expires", "-1"], "--expires"),
        (["boss", "--expires", "99999999999999999999"], "--expires"),
        (["boss", "--name", "x" * 101], "--name"),
        (["boss", "--only", "segments.fly"], "segments.fly"),
    ],
)
def test_the_command_says_what_is_wrong(user, arguments, said):
    User.objects.create_user("gone", is_active=False)
    with pytest.raises(CommandError, match=said):
        command(*arguments)
    assert not ApiToken.objects.exists()


def test_a_limit_is_given_on_the_command_line(user):
    key = command("boss", "--only", "segments.view_segment")
    assert call(key).status_code == 200
    assert call(key, "changes/").status_code == 403


# Rates ------------------------------------------------------------------------------------------


@pytest.fixture
def empty_cache():
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


def test_who_sends_too_much_waits_and_nobody_else(user, settings, empty_cache, monkeypatch):
    settings.API_RATE = 3
    at = now()
    monkeypatch.setattr("core.clock.now", lambda: at)
    mine, other = create_token(user, author=None).key, User.objects.create_superuser("other")
    assert [call(mine).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = call(mine)
    assert refused["Content-Type"] == "application/problem+json"
    assert int(refused["Retry-After"]) == 60
    assert call(create_token(other, author=None).key).status_code == 200

    at += timedelta(seconds=59)
    assert int(call(mine)["Retry-After"]) == 1
    at += timedelta(seconds=1)
    assert call(mine).status_code == 200


def test_previews_have_a_rate_of_their_own(user, settings, empty_cache):
    settings.PREVIEW_RATE = 1
    key = create_token(user, author=None).key

    def preview():
        return Client().post(
            "/api/v1/segments/preview/",
            {"conditions": {"match": "all", "conditions": []}},
            content_type="application/json",
            headers={"Authorization": f"Token {key}"},
        )

    assert [preview().status_code for _ in range(2)] == [200, 429]
    assert call(key).status_code == 200
    settings.PREVIEW_RATE = 0
    assert preview().status_code == 200


def test_a_cache_that_does_not_answer_holds_nobody_up(user, settings, monkeypatch, caplog):
    def silent(*args, **kwargs):
        raise ConnectionError("no cache")

    monkeypatch.setattr("django.core.cache.cache.get", silent)
    settings.API_RATE = 1
    key = create_token(user, author=None).key
    assert [call(key).status_code for _ in range(2)] == [200, 200]
    assert "cache does not answer" in caplog.text
