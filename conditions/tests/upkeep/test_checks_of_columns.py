"""Each attribute's column holds values of its type; what would be right is said."""

from dataclasses import replace

import pytest
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from conditions import registry
from conditions.language import types
from conditions.language.types import NumberType
from conditions.tests.upkeep.test_checks import VISITS, as_before, column, family
from conditions.upkeep.checks import FIELDS, check_columns, check_declared
from core.database.fields import ExactDecimalField, FoldedTextField, FoldingModel
from customers.models import Customer

__all__ = ["as_before"]

# Which types a field holds the values of: the literal truth, field by field.
HELD = {
    "small": "integer",
    "whole": "integer",
    "big": "integer",
    "positive": "integer",
    "id": "integer",
    "pk": "integer",
    "customer_id": "integer",
    "customer__id": "integer",
    "twice": "integer",
    "exact": "number money",
    "flag": "boolean",
    "day": "date",
    "at": "datetime",
    "name": "text choice",
    "text": "text choice",
    "slug": "text choice",
    "email": "text choice",
    "customer": "",
    "customer__wishlist": "",
    "decimal": "",
    "approximate": "",
    "key": "",
    "data": "",
    "span": "",
}


@pytest.fixture
def things():
    """Return a relation over a model with a field of each kind."""
    with isolate_apps():

        class Thing(FoldingModel):
            customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
            small = models.SmallIntegerField()
            whole = models.IntegerField()
            big = models.BigIntegerField()
            positive = models.PositiveIntegerField()
            twice = models.GeneratedField(
                expression=models.F("whole") * 2,
                output_field=models.IntegerField(),
                db_persist=True,
            )
            exact = ExactDecimalField()
            flag = models.BooleanField()
            day = models.DateField()
            at = models.DateTimeField()
            name = models.CharField()
            text = models.TextField()
            slug = models.SlugField()
            email = models.EmailField()
            decimal = models.DecimalField(max_digits=9, decimal_places=2)
            approximate = models.FloatField()
            key = models.UUIDField()
            data = models.JSONField()
            span = models.DurationField()
            name_folded = FoldedTextField("name")
            text_folded = FoldedTextField("text")
            slug_folded = FoldedTextField("slug")
            email_folded = FoldedTextField("email")
            whole_folded = FoldedTextField("whole")
            loose = models.CharField()
            loose_folded = models.CharField()

            class Meta:
                app_label = "tests"

        yield replace(VISITS, name="things", model=Thing, prefix="thing", paths={"thing": ""})


def problems(things, path, type_):
    family(column(path, "things", type_, code="thing.x"), relations=[things])
    return check_columns()


def test_all_that_tranche_has_is_held():
    checked = {one.type for family_ in registry.families() for one in family_.attributes}
    assert {type_ for type_, right in FIELDS.items() if right} <= checked
    assert check_columns() == []


@pytest.mark.parametrize(("path", "held"), HELD.items(), ids=HELD)
def test_a_field_holds_these_types_and_no_others(things, path, held):
    each = [column(path, "things", type_, code=f"thing.{type_.name}") for type_ in FIELDS]
    family(*each, relations=[things])
    wrong = {problem.msg.partition("types.")[2].partition(",")[0] for problem in check_columns()}
    assert {type_.name for type_ in FIELDS} - {name.lower() for name in wrong} == set(held.split())


@pytest.mark.parametrize(
    ("path", "type_", "words", "hint"),
    [
        (
            "name",
            types.NUMBER,
            "“thing.x” is of types.NUMBER, but tests.Thing.name is a CharField.",
            "types.NUMBER needs one of these fields: ExactDecimalField. "
            "This field fits types.TEXT, types.CHOICE.",
        ),
        (
            "at",
            types.DATE,
            "“thing.x” is of types.DATE, but tests.Thing.at is a DateTimeField.",
            "types.DATE needs one of these fields: DateField. This field fits types.DATETIME.",
        ),
        (
            "approximate",
            types.MONEY,
            "“thing.x” is of types.MONEY, but tests.Thing.approximate is a FloatField.",
            "types.MONEY needs one of these fields: ExactDecimalField.",
        ),
        (
            "whole",
            types.TEXT,
            "“thing.x” is of types.TEXT, but tests.Thing.whole is a IntegerField.",
            "types.TEXT needs one of these fields: CharField, TextField. "
            "This field fits types.INTEGER.",
        ),
        (
            "loose",
            types.TEXT,
            "“thing.x” is of types.TEXT, but tests.Thing.loose_folded is a CharField.",
            "types.TEXT needs one of these fields: FoldedTextField.",
        ),
        (
            "name",
            types.SET,
            "“thing.x” is of types.SET, but tests.Thing.name is a CharField.",
            "A Column is never of types.SET: see conditions/bases. "
            "This field fits types.TEXT, types.CHOICE.",
        ),
    ],
    ids=["text", "instant", "float", "whole", "not folded", "set"],
)
def test_what_would_be_right_is_said(things, path, type_, words, hint):
    (problem,) = problems(things, path, type_)
    assert (problem.id, problem.msg, problem.hint) == ("conditions.E005", words, hint)


@pytest.mark.parametrize("path", ["day__year", "customer__id__x", "customer_id__email"])
def test_a_path_has_no_lookups(things, path):
    (problem,) = problems(things, path, types.INTEGER)
    assert problem.id == "conditions.E006"
    assert path in problem.msg


def test_each_path_of_an_attribute_is_looked_at(things):
    two = replace(column("whole", "things", code="thing.x"), paths=("whole", "name"))
    family(two, relations=[things])
    (problem,) = check_columns()
    assert "Thing.name" in problem.msg


def test_a_type_of_an_apps_own_is_its_own_affair(things):
    assert problems(things, "decimal", NumberType("percent", "percent", {}, scale=100)) == []


def test_a_path_that_leads_nowhere_is_named_once(things):
    assert problems(things, "no_such", types.TEXT) == []
    assert [one.id for one in check_declared() if "no_such" in one.msg] == ["conditions.E004"]


def test_it_is_one_of_the_systems_checks(things):
    problems(things, "name", types.NUMBER)
    assert "conditions.E005" in {one.id for one in run_checks()}
