"""Each promise of docs/promises.md names a test that there is."""

import re
from pathlib import Path

import pytest
from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!promise|---)(.+?) \| .+ \| `(\S+)::(\S+)` \|$", PAGE, re.MULTILINE)


def test_every_row_names_a_test():
    assert len(ROWS) == PAGE.count("\n| ") - 2


@pytest.mark.parametrize(("promise", "file", "name"), ROWS)
def test_the_test_is_there(promise, file, name):
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    assert re.search(rf"^\s*def {name}\(", text, re.MULTILINE), promise
