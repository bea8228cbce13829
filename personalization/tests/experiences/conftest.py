"""Placements, shoppers and a recommender of their own for the tests of experiences."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from customers.clock import now
from customers.models import Consent, Product
from personalization import recommend
from personalization.experiences import interests as interests_of_shoppers
from personalization.experiences.definition import PlacementSays, VariantSays
from personalization.experiences.saving import save_placement, save_variant
from personalization.models import ExperienceVariant, Placement
from segments.models import Membership
from segments.tests.api.conftest import client_with
from segments.tests.conftest import clock, make_customer, make_segment, sent

__all__ = ["client_with", "clock", "make_customer", "make_segment", "sent"]

RIGHTS = ("view", "add", "change", "delete")


@dataclass
class Scored:
    """What the recommender gives."""

    sku: str
    score: float


def text(words):
    return {"type": "text", "text": words}


@pytest.fixture
def page(client_with):
    """Somebody who may do everything about experiences."""
    models = ("placement", "experiencevariant", "contentitem")
    rights = [f"personalization.{right}_{model}" for right in RIGHTS for model in models]
    return client_with("personalization.serve_experience", *rights)


@pytest.fixture(autouse=True)
def nobody_held_out(settings):
    settings.HOLDOUT_BASIS_POINTS = 0
    settings.SERVE_RATE = 0
    # Machines that are busy with something else are slow.
    settings.EXPERIENCE_DEADLINE_MS = 10_000


@pytest.fixture
def make_placement(db):
    def make(code="hero", page_type="home", default=None, **values):
        says = PlacementSays(
            page_type=page_type, default_content=text("Hello") if default is None else default,
            **values,
        )  # fmt: skip
        return save_placement(Placement(code=code), says, author=None).row

    return make


@pytest.fixture
def make_variant(db):
    def make(placement, code, content=None, **values):
        row = ExperienceVariant(placement=placement, code=code)
        says = VariantSays(content=text(code) if content is None else content, **values)
        return save_variant(row, says, author=None).row

    return make


@pytest.fixture
def join(db):
    """Return a function that makes customers stored members of a segment."""

    def join(segment, *customers):
        for customer in customers:
            Membership.objects.create(segment=segment, customer=customer, entered_at=now())

    return join


@pytest.fixture
def say(db):
    """Return a function that notes what a customer says of a purpose."""

    def say(customer, purpose, state):
        Consent.objects.create(
            customer=customer, purpose=purpose, state=state, source="test", at=now()
        )

    return say


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


@pytest.fixture
def make_product(db):
    def make(sku, **values):
        return Product.objects.create(sku=sku, name=sku.title(), **{"price": 10} | values)

    return make


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

        monkeypatch.setattr(interests_of_shoppers, "Profile", Profile)

    say()
    return say


def ask(client, page_type="home", **body):
    answer = client.send("POST", "personalization/experience", {"page_type": page_type, **body})
    assert answer.status_code == 200, answer.content
    return answer.json()
