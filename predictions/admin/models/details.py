"""Parameters, and what was fitted: names with values, as texts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from conditions.language.operators import Words

PARAMETERS: Mapping[str, tuple[Words, Words]] = {
    "holdout_days": (
        gettext_lazy("Days held out"),
        gettext_lazy("It is measured by what happened in the last so many days."),
    ),
    "horizon_days": (
        gettext_lazy("Days ahead"),
        gettext_lazy("The value is what a customer spends within so many days."),
    ),
    "discount": (
        gettext_lazy("Discount a year"),
        gettext_lazy("So much less counts what is spent a year later: 0.1 is 10 %."),
    ),
    "margin": (
        gettext_lazy("Margin"),
        gettext_lazy(
            "The share of revenue that remains, as 0.35. With 1 the value is revenue, not profit."
        ),
    ),
    "family": (gettext_lazy("Family"), gettext_lazy("How purchases and leaving are described.")),
    "window_days": (
        gettext_lazy("Window in days"),
        gettext_lazy(
            "Who does not buy within it has left. Left empty: nine in ten gaps between "
            "purchases are shorter."
        ),
    ),
    "algorithm": (
        gettext_lazy("Algorithm"),
        gettext_lazy("“auto” takes the one that was best when it was measured."),
    ),
    "k": (gettext_lazy("Number of clusters"), gettext_lazy("Left empty: it is worked out.")),
    "seed": (gettext_lazy("Seed"), gettext_lazy("Of whatever is drawn by lot.")),
}


def label_of(name: str) -> Words:
    """Return what a parameter is called."""
    return PARAMETERS.get(name, (name, ""))[0]


def help_of(name: str) -> Words:
    """Return what a parameter does; "" where nobody has said."""
    return PARAMETERS.get(name, ("", ""))[1]


def lines_of(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield names and values as texts; those of an object stand behind its name and a point."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from lines_of(value, f"{before}{name}.")
        else:
            yield before + name, as_text(value)


def as_text(value: Any) -> str:
    """Return a value of JSON as it is written: text bare, nothing as a dash."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
