"""A client of the API, and people with chosen permissions."""

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from segments.tests.conftest import make_customer, make_segment, member_numbers, sent

__all__ = ["make_customer", "make_segment", "member_numbers", "sent"]


class ApiClient(Client):
    """A browser session that speaks JSON."""

    def send(self, method, path, body=None, **headers):
        """Return the response to a request below /api/v1/; `.json()` is its body."""
        data = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        return self.generic(
            method, f"/api/v1/{path}", data, content_type="application/json", headers=headers
        )


@pytest.fixture(autouse=True)
def marks_of_previews(settings, tmp_path):
    """SQLite's marks lie in a file, which no transaction of a test undoes."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def client_with(db):
    """Return a function that logs somebody in who holds the given permissions ("app.name")."""

    def client(*permissions, **options):
        user = User.objects.create_user(f"user{User.objects.count()}")
        for name in permissions:
            app, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        api = ApiClient(**options)
        api.force_login(user)
        api.user = user
        return api

    return client


@pytest.fixture
def anonymous():
    """Somebody without a session."""
    return ApiClient()
