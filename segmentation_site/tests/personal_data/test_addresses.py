"""No address shows more than was decided, whoever asks."""

from itertools import islice
from typing import Any

import pytest
from django.test import Client

from segmentation_site.monitoring.middleware import ADDRESSES as MONITORING
from segmentation_site.tests.personal_data import decided
from segmentation_site.tests.personal_data.asking import (
    addresses,
    answer,
    leaks,
    questions,
    shown_to,
    stands_in,
    text_of,
)
from segmentation_site.tests.personal_data.shop import someone_without
from segments.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_every_address_is_decided() -> None:
    tables = (decided.PERSONAL, decided.NAMES, decided.NOTHING)
    found = {name for name, _arguments in addresses()}
    assert sorted(found - set().union(*tables)) == []
    assert sorted(set().union(*tables) - found) == []
    assert sum(map(len, tables)) == len(set().union(*tables))


def test_who_lacks_the_permission_sees_nothing_personal(
    segment: Segment, secrets: dict[tuple[str, str], str], is_exhaustive: bool
) -> None:
    shown = shown_to(someone_without(*decided.NOBODY), segment, secrets, is_exhaustive)
    assert leaks(shown, set()) == []


@pytest.mark.exhaustive
def test_who_sees_members_sees_their_names_and_no_more(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    """Catch personal data among what members are shown with.

    Where neither a user with every permission nor one without both is shown anything by any
    question, which the two tests beside this one ask, a plain GET suffices.
    """
    user = someone_without(*decided.MEMBERS_ONLY)
    shown = shown_to(user, segment, secrets, without_secrets=decided.NOTHING)

    assert leaks(shown, decided.NAMES) == []
    assert {name for name in decided.NAMES if shown[name]} == decided.NAMES


@pytest.fixture(autouse=True)
def no_limit(settings: Any) -> None:
    """Let everything be asked as often as it is."""
    settings.ML_TRAIN_RATE = settings.ML_PREDICT_RATE = 0


@pytest.mark.exhaustive
def test_who_has_the_permission_sees_what_there_is(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    shown = shown_to(someone_without(), segment, secrets, is_exhaustive=True)

    assert [
        f"{name}: {seen}" for name, seen in shown.items() if seen and name in decided.NOTHING
    ] == []
    # Otherwise these tests would find nothing anywhere.
    assert set().union(*shown.values()) == set(secrets)


def test_nothing_but_the_way_in_answers_without_a_log_in(
    segment: Segment, secrets: dict[tuple[str, str], str], is_exhaustive: bool
) -> None:
    for name, arguments in addresses():
        # That a log-in is missing is found before what is asked for is read: GET and POST suffice.
        some = islice(questions(name, arguments, segment, secrets), 2 if is_exhaustive else 1)
        for method, address, body in some:
            response = answer(Client(), method, address, body)
            inside = response.status_code == 200 and b"login-form" not in response.content
            assert not inside or name in decided.PUBLIC, (name, method)
            text = text_of(response)
            assert not any(stands_in(text, secret) for secret in secrets.values())


def test_probes_name_nobody(segment: Segment, secrets: dict[tuple[str, str], str]) -> None:
    for address in MONITORING:
        text = text_of(Client().get(address))
        assert not any(stands_in(text, secret) for secret in secrets.values())
