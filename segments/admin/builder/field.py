"""The condition builder in the form: the field it stands on, and the data it begins with."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.forms.widgets import MediaAsset, Script
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import SafeString

from conditions import registry
from conditions.attribute import Attribute
from core.problems import Problem
from customers.models import CustomerGroup, Website
from segments.admin.builder.words import strings
from segments.models import Segment
from segments.rules.starters import STARTERS

DATA_ID = "segment-builder-data"
MODULES = "segments/builder"


class Module(MediaAsset):
    """A module that another one imports: fetched along with it, not after it."""

    element_template = '<link rel="modulepreload" href="{path}"{attributes}>'


def modules() -> list[MediaAsset]:
    """Return the builder's script, and the modules that it is made of."""
    folder = settings.BASE_DIR / "static" / MODULES
    names = sorted(path.name for path in folder.glob("*.js") if path.stem != "builder")
    main = Script(f"{MODULES}/builder.js", type="module")
    return [main, *(Module(f"{MODULES}/{name}") for name in names)]


class BuilderWidget(forms.Textarea):
    """A text area with the tree as JSON, inside the element that builds the tree with a mouse."""

    # Set by the form: gives what the builder begins with, once the form has been checked.
    page: Callable[[], dict[str, Any]]

    class Media:
        css = {"all": ["segments/builder.css"]}
        js = modules()

    def __init__(self, *, is_first: bool = True) -> None:
        super().__init__(attrs={"rows": 18, "class": "segment-tree", "spellcheck": "false"})
        # The first one of a page brings what all of them show.
        self.is_first = is_first

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        parts = {
            "field": super().render(*args, **kwargs),
            "page": json_script(self.page(), DATA_ID if self.is_first else None),
            "is_first": self.is_first,
        }
        return render_to_string("admin/segments/segment/builder.html", parts)


def page_data(
    segment: Segment | None,
    *,
    saved: Any,
    theirs: Any,
    problems: Iterable[Problem],
    links_customers: bool = False,
    is_new_copy: bool = False,
) -> dict[str, Any]:
    """Return what the builder needs to know about the page that it stands in.

    `segment` is None for a new one; `saved` is the tree as it is stored, `theirs` the one that
    somebody else has saved meanwhile; `problems` are those of the tree that was sent. With
    `links_customers`, the names of customers lead to their pages. The first change of a
    segment that `is_new_copy` is saved without a question.
    """
    api = reverse("api:conditions").removesuffix("conditions/")
    # Read the attributes once: the shop's own come from the database.
    attributes = list(registry.attributes())
    return {
        "strings": strings(),
        "keywords": {one.code: str(one.search_words) for one in attributes if one.search_words},
        "titles": _titles(attributes),
        "currency": settings.BASE_CURRENCY,
        "timeZone": settings.DEFAULT_TIME_ZONE,
        "code": segment.code if segment else None,
        "saved": saved,
        "is_new_copy": is_new_copy,
        "theirs": theirs,
        "problems": [problem.as_json for problem in problems],
        "urls": {
            "conditions": reverse("api:conditions"),
            "values": reverse("api:values"),
            "value_counts": reverse("api:value-counts"),
            "read": f"{api}conditions/read/",
            "preview": f"{api}segments/preview/",
            "explain": f"{api}segments/preview/explain/",
            "customer": f"{reverse('admin:customers_customer_by_number')}?number="
            if links_customers
            else None,
            "changes": reverse("admin:segments_segment_changes", args=[segment.pk])
            if segment
            else None,
        },
        # The form names websites and groups by their keys, the API by their codes.
        "codes": {
            "websites": _codes(Website),
            "customer_groups": _codes(CustomerGroup),
        },
        "starters": [
            {
                "code": starter.code,
                "name": str(starter.name),
                "conditions": starter.conditions,
            }
            for starter in STARTERS
        ],
    }


def _codes(model: type[Website] | type[CustomerGroup]) -> dict[int, str]:
    return dict(model._default_manager.values_list("pk", "code"))


def _titles(attributes: Sequence[Attribute]) -> dict[str, str]:
    """Return longer labels, with the relation, for attributes of rows whose labels are ambiguous.

    They distinguish these attributes in a list of all attributes.
    """
    called = Counter(str(one.label) for one in attributes)
    return {
        one.code: f"{registry.relation(one.relation).label}: {one.label}"
        for one in attributes
        if one.relation and called[str(one.label)] > 1
    }
