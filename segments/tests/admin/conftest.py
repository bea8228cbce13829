"""People who are logged in to the admin."""

import pytest
from django.contrib.auth.models import User

from tests.factories.clients import staff_user


@pytest.fixture
def boss(client):
    """A client logged in as somebody who may do everything."""
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def merchant(client):
    """Return a function that logs in somebody with the given permissions only."""

    def log_in(*codenames):
        client.force_login(staff_user("merchant", *codenames))
        return client

    return log_in
