"""Days and times as Django and the product's own functions write them."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import localize

from core.text.formats import moment_shown


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_lists_write_a_month_as_sentences_do(language):
    with translation.override(language):
        for month in range(1, 13):
            at = datetime(2025, month, 4, 14, 5, tzinfo=UTC)
            assert localize(timezone.localtime(at)) == moment_shown(at, with_year=True)
