"""The example of docs/webhooks.md verifies what is sent, as it is printed there."""

import re

import pytest
from django.conf import settings as django_settings

from segments.webhooks.delivery import deliver
from segments.webhooks.endpoints import test_endpoint as send_test

pytestmark = pytest.mark.django_db(transaction=True)


def printed():
    text = (django_settings.BASE_DIR / "docs" / "webhooks.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(compile(code, "webhooks.md", "exec"), names)
    return names["is_ours"]


def test_the_example_of_the_docs(endpoint, receiver):
    is_ours = printed()
    send_test(endpoint)
    deliver(endpoint.pk)
    headers, body = receiver.got[0]

    assert is_ours(endpoint.secret, headers, body)
    assert not is_ours(endpoint.secret, headers, body + b" ")
    assert not is_ours("whsec_" + "A" * 44, headers, body)
    assert not is_ours(endpoint.secret, {**headers, "webhook-id": "msg_2"}, body)
    late = str(int(headers["webhook-timestamp"]) - 301)
    assert not is_ours(endpoint.secret, {**headers, "webhook-timestamp": late}, body)
