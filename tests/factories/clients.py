"""Users with chosen permissions, and clients that are logged in as them."""

import json
from itertools import count

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

_numbers = count(1)


def grant(user, *permissions):
    """Give a user permissions, "app.codename" or the codename alone, in two queries.

    A codename alone stands for the permissions of that codename in all apps. The user must hold
    none of the permissions yet. Raises LookupError for a permission that does not exist. Returns
    the user, whose permissions must not have been read before: Django caches them.
    """
    if not permissions:
        return user
    names = {name: name.rpartition(".")[::2] for name in permissions}
    rows = Permission.objects.filter(codename__in={codename for _app, codename in names.values()})
    stored = rows.order_by().values_list("pk", "content_type__app_label", "codename")
    granted, unknown = set(), set(names)
    for pk, app, codename in stored:
        for name in {f"{app}.{codename}", codename} & names.keys():
            granted.add(pk)
            unknown.discard(name)
    if unknown:
        raise LookupError(f"There is no permission {', '.join(sorted(unknown))}.")
    held = User.user_permissions.through
    held.objects.bulk_create(held(user_id=user.pk, permission_id=pk) for pk in sorted(granted))
    return user


def new_user(*permissions, **values):
    """Store a user who holds these permissions, with a name that no other user has."""
    return grant(User.objects.create_user(f"granted-{next(_numbers)}", **values), *permissions)


def staff_user(username, *permissions):
    """Return the member of staff of that name, now with exactly these permissions."""
    user, is_new = User.objects.get_or_create(username=username, defaults={"is_staff": True})
    if not is_new:
        user.user_permissions.clear()
    return grant(user, *permissions)


class ApiClient(Client):
    """A browser session that sends and receives JSON."""

    def send(self, method, path, body=None, **headers):
        """Return the response to a request below /api/v1/; `.json()` is its body."""
        data = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        return self.generic(
            method, f"/api/v1/{path}", data, content_type="application/json", headers=headers
        )


@pytest.fixture
def client_with(db):
    """Return a function that logs a new user in who holds the given permissions ("app.name").

    The user is the client's `user`.
    """

    def client(*permissions, **options):
        api = ApiClient(**options)
        api.user = new_user(*permissions)
        api.force_login(api.user)
        return api

    return client


@pytest.fixture
def anonymous():
    """Return a client without a session."""
    return ApiClient()
