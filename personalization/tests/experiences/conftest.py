"""Placements, shoppers and a recommender of their own for the tests of experiences."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from personalization import recommend
from personalization.experiences.content import interests as interests_of_shoppers

RIGHTS = ("view", "add", "change", "delete")


@dataclass
class Scored:
    """What the recommender gives."""

    sku: str
    score: float


@pytest.fixture
def page(client_with):
    """Somebody who may do everything about experiences."""
    models = ("placement", "experiencevariant", "contentitem")
    rights = [f"personalization.{right}_{model}" for right in RIGHTS for model in models]
    return client_with("personalization.serve_experience", *rights)


@pytest.fixture(autouse=True)
def served_to_everybody(nobody_held_out):
    """Serve experiences to all customers in the tests of this folder."""


@pytest.fixture
def recommender(monkeypatch):
    """A recommender that says what it is told to."""
    module = SimpleNamespace(asked=[])

    def answer(name):
        def asked(*args, **kwargs):
            module.asked.append((name, args, kwargs))
            found = module.found[name]
            return found() if callable(found) else [Scored(*one) for one in found]

        return asked

    module.found = dict.fromkeys(
        ("similar", "complementary", "trending", "popular", "personal"), ()
    )
    for name in module.found:
        monkeypatch.setattr(recommend, name, answer(name))
    return module


@dataclass
class Interest:
    """What a profile has."""

    code: str
    share: float


@pytest.fixture(autouse=True)
def interested(monkeypatch):
    """Return a function that says what everybody is interested in."""

    def say(*interests):
        class Profile:
            def __init__(self, customer, as_of):
                self.interests = [Interest(*one) for one in interests]

            def best_interests(self):
                return [one.code for one in self.interests[:3]]

        monkeypatch.setattr(interests_of_shoppers, "Profile", Profile)

    say()
    return say


def ask(client, page_type="home", **body):
    answer = client.send("POST", "personalization/experience", {"page_type": page_type, **body})
    assert answer.status_code == 200, answer.content
    return answer.json()
