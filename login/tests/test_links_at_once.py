"""Two people at the provider with one verified e-mail, at the same moment."""

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections

from login.accounts import users
from login.accounts.person import ProviderPerson
from login.models import Identity


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_two_people_never_share_one_linked_user(settings: Any, monkeypatch: Any):
    """Catches a link without a row lock: both find the user without an identity."""
    settings.OIDC_LINK_EMAIL = True
    User.objects.create_user("boss", "boss@shop.example")
    both = threading.Barrier(2, timeout=30)

    def is_same(one: str, other: str) -> bool:
        both.wait()
        return one == other

    def log_in(subject: str) -> None:
        issuer, email = "https://id.example", "boss@shop.example"
        person = ProviderPerson(issuer, subject, "ann", email, True, "", "", frozenset())
        try:
            users.user_of(person, "oidc")
        finally:
            connections.close_all()

    monkeypatch.setattr(users, "_is_same_address", is_same)
    threads = [threading.Thread(target=log_in, args=(one,)) for one in ("sub-1", "sub-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    linked = Identity.objects.values_list("user__username", flat=True)
    assert sorted(linked) == ["ann", "boss"]
