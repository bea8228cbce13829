"""People who are logged in to the admin."""

import pytest
from django.contrib.auth.models import Permission, User


@pytest.fixture
def boss(client):
    """A client logged in as somebody who may do everything."""
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def merchant(client):
    """Return a function that logs in somebody with the given permissions only."""

    def log_in(*codenames):
        user, _created = User.objects.get_or_create(username="merchant", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return log_in
