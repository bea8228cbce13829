"""Placements, variants, experiments and offers of the personalization app.

Personalization is imported by the fixtures that need it, so that collecting tests stays fast.
"""

import pytest

# Offers have to name a legal basis.
BASIS = "Art. 6 (1) f GDPR"


def text(words):
    """Return content of a placement: a text."""
    return {"type": "text", "text": words}


def variant(code, weight=5000, **shown):
    """Return a variant of an experiment; it shows its code as a text unless told otherwise."""
    return {"code": code, "weight": weight, **(shown or {"content": text(code)})}


@pytest.fixture
def nobody_held_out(settings):
    """Serve experiences to all customers, however many requests come."""
    settings.HOLDOUT_BASIS_POINTS = 0
    settings.SERVE_RATE = 0


@pytest.fixture
def make_placement(db):
    """Return a function that stores a placement, on the home page unless given."""
    from personalization.experiences.resources import PLACEMENTS

    def make(code="hero", page_type="home", default=None, **values):
        shown = text("Hello") if default is None else default
        document = {"code": code, "page_type": page_type, "default_content": shown, **values}
        return PLACEMENTS.create(document, author=None).row

    return make


@pytest.fixture
def make_variant(db):
    """Return a function that stores a variant of a placement."""
    from personalization.experiences.resources import VARIANTS
    from personalization.models import ExperienceVariant

    def make(placement, code, content=None, **values):
        shown = text(code) if content is None else content
        document = {"code": code, "content": shown, **values}
        new = ExperienceVariant(placement=placement)
        return VARIANTS.create(document, author=None, new=new).row

    return make


@pytest.fixture
def make_experiment(db):
    """Return a function that stores an experiment: a draft, or a started one with `running`."""
    from personalization.experiments.resource import EXPERIMENTS
    from personalization.experiments.running import start

    def make(code="hero-test", *, running=False, **values):
        variants = values.pop("variants", None) or [variant("a"), variant("b")]
        document = {"code": code, "name": code.title(), "variants": variants, "planned_size": 10}
        row = EXPERIMENTS.create(document | values, author=None).row
        return start(row, author=None) if running else row

    return make


@pytest.fixture
def make_offer(db):
    """Return a function that stores an offer, ten percent unless given."""
    from personalization.offers.resource import OFFERS

    def make(code="ten", kind="percent", value="10", **values):
        document = {"code": code, "kind": kind, "value": value, "legal_basis": BASIS, **values}
        return OFFERS.create(document, author=None).row

    return make
