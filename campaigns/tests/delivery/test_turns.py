"""No minute has more mails than MAIL_PER_MINUTE, whatever comes when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as generating
from hypothesis import strategies as st

from campaigns.delivery.rate_limit import take_turn
from campaigns.models import HandOver
from campaigns.tests.conftest import AT
from tests.tiers import examples

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@generating(max_examples=examples(40))
@given(
    most=st.integers(1, 5),
    waits=st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=40),
)
def test_no_minute_has_more(most, waits):
    from django.conf import settings
    from django.test import override_settings

    HandOver.objects.all().delete()
    at, left = AT, []
    with override_settings(MAIL_PER_MINUTE=most):
        for wait in waits:
            at += timedelta(seconds=wait)
            if take_turn(at) == 0:
                left.append(at)
        assert most == settings.MAIL_PER_MINUTE
    for first in left:
        assert sum(first <= one <= first + MINUTE for one in left) <= most


def test_who_waits_as_long_as_is_said_may_go(settings):
    settings.MAIL_PER_MINUTE = 2
    assert take_turn(AT) == take_turn(AT + timedelta(seconds=30)) == 0
    wait = take_turn(AT + timedelta(seconds=31))
    assert wait > 0
    assert take_turn(AT + timedelta(seconds=31 + wait + 0.001)) == 0
    assert HandOver.objects.count() == 2


def test_no_cap_is_no_turn(settings):
    settings.MAIL_PER_MINUTE = 0
    assert take_turn(AT) == 0
    assert not HandOver.objects.exists()
