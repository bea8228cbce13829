"""Placements, their variants, and content as resources: writable fields and refusals."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api.parsing import ClockField, WholeNumberField
from core.clock import now
from core.problems import Problem
from core.resources.fields import (
    Checked,
    CheckedField,
    ChoiceField,
    CodesField,
    DocumentField,
    RowField,
    Stored,
)
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks, ends_after_start
from core.text.hashes import BUCKETS
from core.text.json_documents import can_be_stored
from customers.models import Category, Website
from personalization.conditions.audience import check_audience
from personalization.experiences import audit
from personalization.experiences.content.bodies import check_body
from personalization.experiences.content.kinds import checked_content
from personalization.experiences.content.warnings import (
    doubts_about,
    doubts_about_piece,
    experiments_keeping,
    falsified_by,
)
from personalization.goals.weights import check_weights, plain_weights
from personalization.models import ContentItem, ExperienceVariant, Placement, Selection

# Keys of a request's context, to which a variant can be limited.
CONTEXT = ("device", "time_of_day", "session_type", "traffic_source")
MOST_VALUES, LONGEST_VALUE = 50, 255


def check_shown(content: Mapping[str, Any], _stored: Any) -> Checked:
    """Return the content of a placement or a variant as it is stored."""
    found, problems = checked_content(content, "")
    return Checked(found, [replace(one, path=one.path.removeprefix(".")) for one in problems])


def check_context(context: Mapping[str, Any], _stored: Any) -> Checked:
    """Return the values that a variant is limited to, by what a request says of itself."""
    problems = []
    for name, values in context.items():
        if name not in CONTEXT:
            text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(CONTEXT)}
            problems.append(Problem(name, "unknown_field", text))
        elif not _is_list_of_texts(values):
            text = _("A list of 1 to %(most)d texts is needed here.") % {"most": MOST_VALUES}
            problems.append(Problem(name, "invalid", text))
    return Checked(context, problems)


def _is_list_of_texts(values: Any) -> bool:
    return (
        isinstance(values, list)
        and 1 <= len(values) <= MOST_VALUES
        and all(
            isinstance(one, str) and 0 < len(one) <= LONGEST_VALUE and can_be_stored(one)
            for one in values
        )
    )


def check_goals(goals: Mapping[str, Any], _stored: Any) -> Checked:
    """Return the weights by which a placement chooses, as they are stored."""
    problems = check_weights(goals)
    return Checked({} if problems else plain_weights(goals), problems)


class PlacementSerializer(ResourceSerializer):
    """A placement; `website` is null for all of them, `goals` for conversions alone.

    `explore` is of 10,000.
    """

    selection = ChoiceField(Selection.choices, default=Selection.PRIORITY)
    goals = DocumentField(judge=check_goals, default=None, allow_null=True)
    explore = WholeNumberField(default=1_000, min_value=0, max_value=BUCKETS)
    website = RowField(of=Website, default=None, allow_null=True)
    default_content = DocumentField(judge=check_shown, default=dict)

    class Meta:
        model = Placement
        fields: ClassVar = [
            *("code", "page_type", "website", "default_content", "is_active"),
            *("selection", "goals", "explore", "version"),
        ]

    @checks("default_content")
    def default_is_as_it_is_meant(self, placement: Placement) -> None:
        content = placement.default_content
        self.warnings += doubts_about(content, "default_content")
        if self.instance is not None:
            self.warnings += falsified_by(self.instance, content)


class Placements(Resource):
    """All placements."""

    serializer = PlacementSerializer
    subject = audit.PLACEMENT

    def rows(self) -> Any:
        return super().rows().select_related("website")

    def users(self, row: Placement) -> list[str]:
        """Return the experiments about it; it can be made inactive instead."""
        return list(row.experiments.order_by("code").values_list("code", flat=True))

    def before_delete(self, row: Placement, *, author: Any) -> None:
        for variant in row.variants.select_related("placement"):
            VARIANTS.delete_locked(variant, author=author)


PLACEMENTS = Placements()


class VariantSerializer(ResourceSerializer):
    """A variant of a placement."""

    audience = DocumentField(judge=check_audience, default=None, allow_null=True)
    context = DocumentField(judge=check_context, default=dict)  # type: ignore[assignment]
    content = DocumentField(judge=check_shown)

    class Meta:
        model = ExperienceVariant
        fields: ClassVar = [
            *("code", "audience", "context", "live", "priority", "starts_at", "ends_at"),
            *("is_active", "content", "version"),
        ]

    times_are_in_order = ends_after_start("starts_at", "ends_at")

    def siblings(self) -> Any:
        return super().siblings().filter(placement=self.new.placement_id)

    @checks("content")
    def it_shows_something(self, variant: ExperienceVariant) -> Iterator[Problem]:
        if not variant.content:
            yield Problem("content", "required", _("A variant shows something."))
        self.warnings += doubts_about(variant.content, "content")
        if self.instance is not None:
            self.warnings += experiments_keeping(self.instance, variant.content)


class Variants(Resource):
    """All variants; one that is made begins with its placement."""

    serializer = VariantSerializer
    subject = audit.VARIANT

    def rows(self) -> Any:
        return super().rows().select_related("placement")

    def name_of(self, row: ExperienceVariant) -> str:
        return f"{row.placement.code}/{row.code}"

    def checked(self, row: Any, document: Any, **more: Any) -> ResourceSerializer:
        """As for any resource; raises Placement.DoesNotExist if the placement has been deleted."""
        placement = (row or more["new"]).placement_id
        # The row lock serializes this with a concurrent deletion of the placement.
        held = Placement.objects.select_for_update(no_key=True).filter(pk=placement)
        if placement is not None and not held:
            raise Placement.DoesNotExist
        return super().checked(row, document, **more)


VARIANTS = Variants()


class MonthsField(CheckedField, serializers.ListField):
    """Months of the year, numbers from 1; kept in their order, each once."""

    child = WholeNumberField(min_value=1, max_value=12)

    def check(self, value: Any, stored: Any) -> Checked:
        return Checked(sorted(set(value)))


class ContentSerializer(ResourceSerializer):
    """A piece of content; it is published now unless it says when."""

    published_at = ClockField(default=Stored(now))  # type: ignore[arg-type]
    categories = CodesField(of=Category, default=list, max_length=100)
    months = MonthsField(default=list, max_length=12)
    body = DocumentField(judge=check_body, default=dict)

    class Meta:
        model = ContentItem
        fields: ClassVar = [
            *("code", "type", "published_at", "expires_at", "categories", "months", "body"),
            "version",
        ]

    times_are_in_order = ends_after_start("published_at", "expires_at")

    @checks("type", "body")
    def body_suits_the_type(self, item: ContentItem) -> None:
        self.warnings += doubts_about_piece(item.type, item.body)


class Content(Resource):
    """All pieces of content."""

    serializer = ContentSerializer
    subject = audit.CONTENT


CONTENT = Content()
