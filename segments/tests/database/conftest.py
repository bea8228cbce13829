"""A shop on a primary of the tests' own, and replicas of it as Tranche knows them."""

import copy

import pytest
from django.core.management import call_command
from django.db import connections

from core.database import replicas
from segments.tests.database import clusters


@pytest.fixture(scope="package")
def primary_server():
    with clusters.primary() as server:
        yield server


@pytest.fixture(scope="package")
def shop(primary_server, django_db_blocker):
    """The database `default`, migrated, on the primary; as long as the tests of this folder run."""
    with django_db_blocker.unblock():
        before = connections.settings["default"]
        _connect("default", primary_server)
        try:
            call_command("migrate", verbosity=0)
            yield primary_server
        finally:
            _disconnect("default")
            connections.settings["default"] = before


@pytest.fixture
def replica(shop, settings, monkeypatch):
    """A streaming replica, which is known as `replica-1`."""
    settings.DATABASE_ROUTERS = ["core.database.replicas.Router"]
    # Long enough for a slow machine: here a replica that lives is waited for.
    settings.REPLICA_MAX_LAG_SECONDS = 20.0
    monkeypatch.setattr(replicas, "LEFT_ALONE", 0.01)
    replicas._left_alone.clear()
    with clusters.replica_of(shop) as server:
        _connect("replica-1", server)
        try:
            yield server
        finally:
            _disconnect("replica-1")
            del connections.settings["replica-1"]


def _connect(alias, server):
    values = copy.deepcopy(connections.settings["default"])
    values |= {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": clusters.USER,
        "PASSWORD": "",
        "HOST": "127.0.0.1",
        "PORT": server.port,
        "OPTIONS": {"options": "-c jit=off"},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
    _disconnect(alias)
    connections.settings[alias] = values


def _disconnect(alias):
    if hasattr(connections._connections, alias):
        connections[alias].close()
        del connections[alias]
