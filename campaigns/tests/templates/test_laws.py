"""The laws of every resource, for mail templates."""

import pytest

from campaigns.api.templates import MAIL_TEMPLATES
from core.tests.contract import ResourceLaws


@pytest.mark.django_db
class TestTemplates(ResourceLaws):
    """Read, written, refused, restored, audited and deleted as every resource."""

    api = MAIL_TEMPLATES
    least = {"code": "welcome", "name": "Welcome", "subject": "Hello"}
    change = {"subject": "Good morning", "html": "<p>Good morning</p>"}
    wrong = ({"html": "{{ customer.nothing }}"}, "html", "unknown_variable")
