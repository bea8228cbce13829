"""What merchants type chooses whom it means: phrases beside the trees that are right for them.

The phrases were written by people who did not know how they are read. What counts are members, not
the shape of a tree; `data/phrases/README.md` of the shared data says what is right.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from conditions.matching import matching_customers
from conditions.reading import read_sentence
from conditions.reading.vocabulary.minute_cache import forget
from customers.generate.shop import generate_shop

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
OWN = Path(__file__).with_name("phrases.json")
SHARED = settings.BASE_DIR.parent / "shared" / "data" / "phrases" / "visible.json"
Members = frozenset[str]


def phrases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(OWN.read_text(encoding="utf-8"))
    if SHARED.exists():
        found += json.loads(SHARED.read_text(encoding="utf-8"))["phrases"]
    return found


@cache
def _members(tree: str) -> Members:
    chosen = matching_customers(tree, as_of=AS_OF)
    return frozenset(chosen.values_list("external_id", flat=True))


def members(tree: Any) -> Members:
    return _members(json.dumps(tree))


def mistake(phrase: dict[str, Any]) -> str:
    """Return what is wrong with the reading of `phrase`; empty where it is right."""
    read = read_sentence(phrase["text"], language=phrase["language"])
    accepted = {
        members(tree): number
        for tree, number in zip(phrase["trees"], phrase["reading"], strict=True)
    }
    offered = [accepted.get(members(one.conditions)) for one in read.readings]
    marked = [part.text for part in read.unread]
    if phrase["unread"]:
        is_right = bool(marked) and bool(offered) and None not in offered
    elif phrase["ambiguous"]:
        is_right = not marked and bool(offered) and None not in offered
    else:
        is_right = not marked and bool(offered) and offered[0] is not None
    return "" if is_right else f"{phrase['text']!r}: offered {offered}, marked {marked}"


@pytest.mark.once
@pytest.mark.django_db
def test_phrases_choose_whom_they_mean(is_exhaustive):
    generate_shop(1_200 if is_exhaustive else 200, 1, AS_OF)
    call_command("create_starter_segments", verbosity=0)
    forget()
    asked = phrases() if is_exhaustive else phrases()[::8]
    mistakes = [wrong for phrase in asked if (wrong := mistake(phrase))]
    _members.cache_clear()
    assert not mistakes, "\n".join(mistakes)
