"""Segments by the API, with their handling and versions, and the lists of their priorities."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import (
    BigIntegerField,
    CharField,
    F,
    Q,
    QuerySet,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Cast, Collate, Concat, LPad
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound

from core.access.website_limits import limit_rows
from core.api.parameters import Parameter
from core.api.refusals import invalid
from core.problems import Problem
from core.resources.api import IS_ACTIVE, SEARCH, Api, Filter
from core.resources.serializers import ResourceSerializer
from core.text.folding import fold
from customers.models import Website
from segments.api.responses import VersionSerializer
from segments.api.trees.previews import EXAMPLE_TREE
from segments.editing.priority_lists import PRIORITY_LISTS
from segments.editing.resource import LOWEST, SEGMENTS
from segments.models import RefreshMode, Segment, SegmentStatus
from segments.rules.definition import tags_of
from segments.rules.evaluation.rule import sentence_of
from segments.rules.sentences import names_looked_up, with_sentences
from segments.rules.website_limits.websites import count_members

# Priority, then code, as one text: pages go on after the last one, and no two are the same.
PLACE = Collate(
    Concat(
        LPad(Cast(Cast("priority", BigIntegerField()) - LOWEST, CharField()), 10, Value("0")),
        Value(" "),
        F("code"),
    ),
    "C" if connection.vendor == "postgresql" else "BINARY",
)


class SegmentsApi(Api):
    """Segments, in the order of their priority; a new one may come without a code."""

    @property
    def new_serializer(self) -> type[ResourceSerializer]:
        return self.serializer

    @property
    def version_serializer(self) -> type[serializers.Serializer[Any]]:
        return VersionSerializer

    def rows_at(self, *codes: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().rows_at(*codes).annotate(place=PLACE)
        return rows

    def order_of(self, query: Mapping[str, Any]) -> str:
        return "place"

    def prepare(self, rows: Sequence[Any], user: Any) -> None:
        prefetch_related_objects(rows, "websites", "customer_groups", "tags")
        count_members(rows, user)
        for row, sentence in with_sentences(rows):
            row.__dict__["sentence"] = sentence

    def tag_of(self, row: Segment) -> str:
        """Return the entity tag of a segment: version, refresh mode, priority, on or off."""
        parts = [
            *(str(row.version), row.refresh_mode, "on" if row.is_active else "off"),
            str(row.priority),
        ]
        if row.refresh_schedule:
            # Its commas and spaces would part the tags of a header.
            parts.append(quote(row.refresh_schedule, safe=""))
        if tags := tags_of(row):
            parts.append(quote("|".join(tags), safe=""))
        return f'"{"-".join(parts)}"'

    def serialize_version(self, version: Any) -> dict[str, Any]:
        shown = super().serialize_version(version)
        return {**shown, "sentence": version.sentence, "author": version.author_name}

    def prepare_versions(self, versions: Sequence[Any]) -> None:
        trees = [SEGMENTS.definition_of(version)["conditions"] for version in versions]
        with names_looked_up(trees):
            for version, tree in zip(versions, trees, strict=True):
                version.sentence = sentence_of(version.segment, tree)


def _check_website(code: str, user: Any) -> None:
    """Raise the same for an unknown website and for a website outside of the user's limit."""
    if not limit_rows(Website.objects.filter(code=code), user, "pk").exists():
        message = _("There is no website “%(code)s”.") % {"code": code}
        raise invalid(Problem("website", "unknown_choice", message))


def _of_website(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    # A segment that names no website is about all of them.
    of_this = Q(websites__code=code) | Q(websites=None)
    return rows.filter(pk__in=Segment.objects.filter(of_this).values("pk"))


SEGMENTS_API = SegmentsApi(
    SEGMENTS,
    "segments/",
    names=("segments", "segment"),
    words=("Segments", "Segment"),
    nouns=("segments", "a segment"),
    filters=(
        SEARCH,
        IS_ACTIVE,
        Filter(
            Parameter("refresh_mode", serializers.ChoiceField(RefreshMode.choices, required=False)),
            lambda rows, mode: rows.filter(refresh_mode=mode),
        ),
        Filter(
            Parameter("status", serializers.ChoiceField(SegmentStatus.choices, required=False)),
            lambda rows, status: rows.filter(current_status=status),
        ),
        Filter(
            Parameter(
                "website",
                serializers.CharField(required=False),
                "A website's code; segments of all websites are about it, too.",
            ),
            _of_website,
            check=_check_website,
        ),
        Filter(
            Parameter(
                "tag", serializers.CharField(required=False), "One of their tags, in any case."
            ),
            lambda rows, tag: rows.filter(tags__tag_folded=fold(tag)),
        ),
    ),
    example_code="good-customers",
    example={"name": "Good customers", "conditions": EXAMPLE_TREE},
    change={"name": "Our good customers"},
)


def segment_at(code: str, user: User) -> Segment:
    """Return the segment `code`, with its status; raises NotFound where `user` may not see it."""
    segment: Segment = SEGMENTS_API.row_at(code, user=user)
    count_members([segment], user)
    return segment


def segment_not_found(code: str) -> NotFound:
    """Return the answer about a segment that does not exist."""
    return NotFound(_("There is no segment “%(code)s”.") % {"code": code})


PRIORITY_LISTS_API = Api(
    PRIORITY_LISTS,
    "priority-lists/",
    names=("priority-lists", "priority-list"),
    words=("PriorityLists", "PriorityList"),
    nouns=("priority lists", "a priority list"),
    filters=(SEARCH,),
    example_code="offers",
    example={"name": "Offers", "segments": ["best-customers"]},
    change={"name": "Offers of the week"},
)
