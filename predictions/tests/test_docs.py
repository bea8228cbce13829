"""docs/predictions.md names every feature, with its meaning, and every segment of RFM."""

import re

from django.conf import settings

from predictions.analytics.computation.views import COMPUTED_VIEWS
from predictions.analytics.parameters import VIEWS
from predictions.analytics.views import attribution, lift
from predictions.attribution import MODELS
from predictions.attribution.journeys import BYS
from predictions.features.rfm import SEGMENTS
from predictions.features.table import SETS
from predictions.history.cohorts import FIGURES

PAGE = (settings.BASE_DIR / "docs" / "predictions.md").read_text(encoding="utf-8")


def table_after(title):
    """Return the rows of the first table after a heading, its head left out."""
    rest = PAGE.split(f"\n{title}\n", 1)[1]
    (table,) = re.findall(r"\A.*?((?:^\|[^\n]*\n)+)", rest, flags=re.M | re.S)
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


def test_every_feature_stands_there_with_its_meaning():
    for name, features in SETS.items():
        written = [[f"`{one.name}`", str(one.meaning)] for one in features.features]
        assert table_after(f"### {name}") == written


def test_every_segment_stands_there_with_its_scores():
    assert table_after("### Scores and segments of RFM") == [
        [f"`{code}`", *(", ".join(map(str, sorted(scores))) for scores in both)]
        for code, *both in SEGMENTS
    ]


def test_every_figure_of_cohorts_stands_there():
    assert [row[0] for row in table_after("## Cohorts")] == [f"`{one}`" for one in FIGURES]


def test_every_view_of_analytics_stands_there_with_what_it_may_be_told():
    written = {
        row[0].strip("`"): [re.findall(r"`(\w+)`", one) for one in row[1].split(";") if one]
        for row in table_after("## Analytics")
    }
    stored = {
        view: [[name, *choices] for name, choices in known.items()] for view, known in VIEWS.items()
    }
    computed = {
        one.view: [[parameter.name] for parameter in one.parameters] for one in COMPUTED_VIEWS
    }
    assert written == stored | computed


def test_attribution_stands_there_with_what_it_may_be_told():
    told = table_after("### Who gets the credit")
    names = [name for row in told for name in re.findall(r"`(\w+)`", row[0])]
    assert names == [one.name for one in attribution.VIEW.parameters]
    assert [re.findall(r"`(\w+)`", row[1]) for row in told[:2]] == [[*MODELS], [*BYS]]
    models = PAGE.split("| model | what the touches", 1)[1].split("\n\n", 1)[0]
    rows = [line.split("|")[1] for line in models.splitlines()[2:]]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == {*MODELS}
    measured = PAGE.split("### Measured lift", 1)[1].split("###", 1)[0]
    assert all(one.name in measured for one in lift.VIEW.parameters)
