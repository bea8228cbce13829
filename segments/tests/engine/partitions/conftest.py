"""Small partitions for a test, and those of before after it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as configured

from segments.models import MembershipChange
from segments.tests.engine.partitions.log import lay_out

LayOut = Callable[..., None]


@pytest.fixture
def small(settings: Any, transactional_db: None) -> Iterator[LayOut]:
    """Have partitions of 20 numbers, of which one is there; the function lays out others."""
    settings.CHANGES_PER_PARTITION = 20
    lay_out(20)
    yield lay_out
    MembershipChange.objects.all()._raw_delete("default")
    lay_out(configured.CHANGES_PER_PARTITION)
