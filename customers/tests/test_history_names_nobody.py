"""What the admin noted of edits before customers were noted by their number."""

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from customers.models import Customer, Website
from customers.tests.rows import a_customer

pytestmark = pytest.mark.django_db

migration = import_module("customers.migrations.0008_history_names_nobody")


class Editor:
    connection = connection


def noted(model: type, object_id: object, called: str, message: str, flag: int = CHANGE) -> int:
    user, _new = User.objects.get_or_create(username="ann")
    kind = ContentType.objects.get_for_model(model)
    return LogEntry.objects.create(
        user=user,
        content_type=kind,
        object_id=str(object_id),
        object_repr=called,
        action_flag=flag,
        change_message=message,
    ).pk


def test_names_and_addresses_are_gone_and_the_rest_is_kept() -> None:
    customer = a_customer("C1")
    address = [
        {"changed": {"fields": ["Email"]}},
        {"changed": {"name": "address", "object": "Hidden Lane 1, Ulm", "fields": ["City"]}},
    ]
    edited = noted(Customer, customer.pk, "Anna Secret", json.dumps(address))
    deleted = noted(Customer, 4711, "Bo Secret", "", DELETION)
    other = noted(Website, 1, "Main", "[]")

    migration.forget_names(apps, Editor())

    edited, deleted, other = (LogEntry.objects.get(pk=pk) for pk in (edited, deleted, other))
    assert edited.object_repr == "C1"
    assert "Hidden Lane" not in edited.change_message
    assert edited.get_change_message() == "Changed Email. Changed City for address “–”."
    assert (deleted.object_repr, deleted.change_message) == ("4711", "")
    assert (other.object_repr, other.change_message) == ("Main", "[]")
