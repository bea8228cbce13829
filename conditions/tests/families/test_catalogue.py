"""The registry is the public catalogue: every attribute, with its label, type and level.

The catalogue lies beside the project; without it there is nothing to compare with.
"""

import csv
from pathlib import Path

import pytest
from django.conf import settings

from conditions import registry
from customers.models import CustomerAttribute, ProductAttribute

CATALOGUE = Path(settings.BASE_DIR).parent / "shared" / "contract" / "catalogue.csv"
MORE = CATALOGUE.with_name("catalogue_more.csv")
CATALOGUES = [CATALOGUE, MORE, *sorted(CATALOGUE.parent.glob("*_catalogue.csv"))]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.skipif(not CATALOGUE.exists(), reason=f"{CATALOGUE} is not there"),
]


def rows(catalogue=CATALOGUE):
    """Return a catalogue's rows that are attributes, not the importer's own."""
    with catalogue.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["level"] != "(importer only)"]


def test_every_attribute_of_the_catalogue_is_registered_as_it_says():
    CustomerAttribute.objects.create(code="x", label="X", type="number")
    ProductAttribute.objects.create(code="x", label="X", type="number")
    wrong = []
    for row in rows():
        attribute = registry.find_attribute(row["code"].replace("<code>", "x"))
        if attribute is None:
            wrong.append((row["code"], "is missing"))
            continue
        said = {"type": attribute.type.name, "level": attribute.relation or "customer"}
        meant = {"type": row["type"], "level": row["level"]}
        if "<code>" in row["code"]:
            meant["type"] = "number"
        else:
            said["label"] = str(attribute.label)
            # A remark in brackets explains the codes, not the attribute.
            meant["label"] = row["label"].partition(" (subscribed")[0].partition(" (as the shop")[0]
        if said != meant:
            wrong.append((row["code"], said, meant))
        if row["code"] == "cart.is_active":
            assert said["level"] == "all_carts"
    assert [one for one in wrong if one[0] != "cart.is_active"] == []


def test_nothing_is_registered_that_the_catalogue_does_not_name():
    # Another app's own tests say whether its attributes are as its catalogue has them.
    there = [one for one in CATALOGUES if one.exists()]
    known = {row["code"] for catalogue in there for row in rows(catalogue)}
    # A row with a pattern names as many as there are.
    patterns = tuple(code.partition("<code>")[0] for code in known if "<code>" in code)
    registered = {
        attribute.code
        for attribute in registry.attributes()
        if not attribute.code.startswith(patterns)
    }
    # The example of a third party's app is installed in tests alone.
    assert {
        code
        for code in registered - known
        if not code.startswith(("loyalty", "points", "personalization.", "behavior.", "lifestyle."))
    } == set()


@pytest.mark.skipif(not MORE.exists(), reason=f"{MORE} is not there")
def test_what_the_second_catalogue_names_is_registered_as_it_says():
    codes = {family.label: set() for family in registry.families()}
    for family in registry.families():
        codes[family.label] |= {one.code for one in family.attributes}
    groups = {code: str(label) for label, named in codes.items() for code in named}
    for row in rows(MORE):
        attribute = registry.find_attribute(row["code"])
        if attribute is not None:
            # Of sent mails alone a state would say nothing.
            level = (attribute.relation or "customer").replace("all_mails", "mails")
            assert (attribute.type.name, level) == (row["type"], row["level"])
            # A remark in brackets stands in labels where it is about the values.
            label = str(attribute.label).partition(" (")[0]
            assert (label, groups[row["code"]]) == (row["label"].partition(" (")[0], row["group"])


def test_the_families_stand_in_the_order_of_the_catalogue():
    groups = list(dict.fromkeys(row["group"] for row in rows()))
    labels = [str(family.label) for family in registry.families()]
    ours = [label for label in labels if label in groups]
    assert ours == groups
