"""A provider that is set up, browsers that log in there, users with passwords."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from login.tests.provider import CLIENT, SECRET, FakeProvider

START, CALLBACK = "/accounts/oidc/sso/login/", "/accounts/oidc/sso/login/callback/"
PASSWORD = "correct horse"


@pytest.fixture
def provider(settings: Any) -> Iterator[FakeProvider]:
    fake = FakeProvider()
    settings.OIDC_SERVER_URL = fake.issuer
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    yield fake
    fake.stop()


@pytest.fixture
def log_in(provider: FakeProvider, client: Client) -> Callable[..., Any]:
    """Return a function that logs in by the provider and returns the last response."""

    def attempt(query: str = "", **answer: str) -> Any:
        response = client.get(f"{START}{query}")
        state = provider.authorize(response["Location"])
        return client.get(CALLBACK, {"code": "code-1", "state": state, **answer})

    return attempt


@pytest.fixture
def boss(settings: Any, db: None) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_superuser("boss", "boss@shop.example", PASSWORD)
