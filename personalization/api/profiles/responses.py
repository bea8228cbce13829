"""The responses of the personalization API for the schema; a test compares each actual response."""

from typing import Any

from rest_framework import serializers

from core.access.personal import PERMISSION
from core.api.openapi.schema import FindingSerializer
from core.api.parsing import ClockField
from core.api.response_fields import EmptyIfNullField, NullIfEmptyField
from personalization.engagement import (
    HUNDREDTH,
    Engagement,
    Part,
    format_points,
    rounded_to,
    share_rounded,
)
from personalization.intake.receiving import Taken
from personalization.models import Assignment, InterestShare, PersonalizationInsight
from personalization.profiles.affinity import Affinity
from personalization.profiles.computed import LAST_VIEWED, SEARCHES, Profile
from personalization.profiles.purchases import Purchases
from personalization.profiles.send_time import SendTime

Text = serializers.CharField
Whole = serializers.IntegerField
Time = ClockField


class DroppedSerializer(serializers.Serializer[Any]):
    """The number of dropped behaviours by reason."""

    no_consent = Whole()
    gpc = Whole()
    bot = Whole()
    rate = Whole()
    erased = Whole()


class TrackedSerializer(serializers.Serializer[Taken]):
    """The result of received behaviours."""

    accepted = Whole()
    duplicates = Whole()
    dropped = DroppedSerializer()
    errors = FindingSerializer(source="problems", many=True)  # type: ignore[assignment]


class ProfiledSerializer(serializers.Serializer[Profile]):
    """The customer of a profile; personal data only for users who may see it."""

    id = Text(source="customer.external_id")
    kind = Text(source="customer.kind")
    website = Text(source="customer.website.code")
    registered_at = Time(source="customer.registered_at", allow_null=True)
    name = Text(source="customer.name", required=False, allow_blank=True)
    email = EmptyIfNullField(source="customer.email", required=False)
    age_group = Text(allow_null=True)
    gender = NullIfEmptyField(source="customer.gender")
    country = Text(allow_null=True)
    attributes = serializers.DictField()

    def to_representation(self, instance: Profile) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if self.context["request"].user.has_perm(PERMISSION):
            return shown
        del shown["name"], shown["email"]
        return {**shown, "age_group": None, "gender": None, "attributes": {}}


class PointsField(serializers.CharField):
    """Points with six decimals."""

    def to_representation(self, value: float) -> str:  # type: ignore[override]
        return format_points(value)


class ShareField(serializers.CharField):
    """A share or a ratio of shares with 4 decimals."""

    def to_representation(self, value: float) -> str:  # type: ignore[override]
        return str(share_rounded(value))


class ConfidenceField(serializers.CharField):
    """A confidence from 0 to 1 with 2 decimals."""

    def to_representation(self, value: float) -> str:  # type: ignore[override]
        return str(rounded_to(value, HUNDREDTH))


class EngagementPartSerializer(serializers.Serializer[Part]):
    """The contribution of one type of behaviour to the engagement."""

    type = Text()
    count = Whole()
    points = PointsField()


class EngagementSerializer(serializers.Serializer[Engagement]):
    """The engagement of a customer: a score from 0 to 100, and its points."""

    score = Text()
    raw = PointsField()
    parts = EngagementPartSerializer(many=True)


class SessionsSerializer(serializers.Serializer[dict[str, Any]]):
    """The sessions of a customer."""

    count = Whole()
    last_started_at = Time(allow_null=True)
    last_ended_at = Time(allow_null=True)
    average_seconds = Whole(allow_null=True)
    average_activities = Text(allow_null=True)


class BehaviorSerializer(serializers.Serializer[Profile]):
    """The recent views of a customer."""

    product_views_30d = Whole(source="product_views")
    last_viewed = serializers.ListField(child=Text(), max_length=LAST_VIEWED)
    searches = serializers.ListField(child=Text(allow_blank=True), max_length=SEARCHES)
    channels = serializers.DictField(child=Whole())
    devices = serializers.DictField(child=Whole())


class PurchasesSerializer(serializers.Serializer[Purchases]):
    """The purchases of a customer."""

    orders = Whole()
    sales = Text()
    average_order_value = Text()
    last_order_at = Time(allow_null=True)
    days_since_last_order = Whole(allow_null=True)


class InterestSerializer(serializers.Serializer[Affinity]):
    """The interest in a category."""

    category = Text(source="code")
    share = ShareField()
    lift = ShareField()


class BrandSerializer(serializers.Serializer[Affinity]):
    """The interest in a brand."""

    brand = Text(source="code")
    share = ShareField()
    lift = ShareField()


class PriceSerializer(serializers.Serializer[Profile]):
    """How a customer buys."""

    discount_share = Text(source="purchases.discount_share", allow_null=True)
    position = Text(source="price_position", allow_null=True)


class SendTimeSerializer(serializers.Serializer[SendTime]):
    """The best hour for mail to a customer, in the website's time zone."""

    hour = Whole()
    confidence = ConfidenceField()


class InsightSerializer(serializers.Serializer[PersonalizationInsight]):
    """An insight."""

    code = Text()
    figures = serializers.DictField()
    sentence = Text()


class ConsentOfProfileSerializer(serializers.Serializer[dict[str, Any]]):
    """The consent states of a customer for both purposes."""

    tracking = Text()
    personalization = Text()


class AssignedSerializer(serializers.Serializer[Assignment]):
    """The variant of an experiment assigned to a customer."""

    code = Text(source="experiment.code")
    variant = Text()
    assigned_at = Time()


class LifestyleFigureSerializer(serializers.Serializer[dict[str, Any]]):
    """A figure from 0 to 1, how it is computed, and the counts behind it."""

    value = Text(allow_null=True)
    formula = Text()
    counts = serializers.DictField()


class LifestyleSerializer(serializers.Serializer[dict[str, Any]]):
    """What the sales of 365 days say of values and life-style; missing below 5 orders."""

    orders = Whole()
    weekend_share = LifestyleFigureSerializer()
    evening_share = LifestyleFigureSerializer()
    new_product_share = LifestyleFigureSerializer()
    gift_season_share = LifestyleFigureSerializer()
    regularity = LifestyleFigureSerializer()
    values = serializers.DictField(child=LifestyleFigureSerializer())


class ProfileSerializer(serializers.Serializer[dict[str, Any]]):
    """The profile of a customer; blocks that are not requested or not permitted are left out."""

    customer = ProfiledSerializer()
    as_of = Time()
    updated_at = Time(allow_null=True)
    engagement = EngagementSerializer(required=False)
    sessions = SessionsSerializer(required=False)
    behavior = BehaviorSerializer(required=False)
    purchases = PurchasesSerializer(required=False)
    interests = InterestSerializer(many=True, required=False)
    brands = BrandSerializer(many=True, required=False)
    price = PriceSerializer(required=False)
    lifestyle = LifestyleSerializer(required=False)
    predictions = serializers.DictField(required=False)
    send_time = SendTimeSerializer(required=False)
    segments = serializers.ListField(child=Text(), required=False)
    experiments = AssignedSerializer(many=True, required=False)
    consent = ConsentOfProfileSerializer(required=False)
    insights = InsightSerializer(many=True, required=False)


class CustomerInsightsSerializer(serializers.Serializer[dict[str, Any]]):
    """The insights of a customer."""

    id = Text()
    as_of = Time()
    insights = InsightSerializer(many=True)


class CategoryNameField(serializers.CharField):
    """The name of a category, of the context's `names` by code; null for a deleted category."""

    def get_attribute(self, instance: InterestShare) -> str | None:
        name: str | None = self.context["names"].get(instance.code)
        return name


class CategoryShareSerializer(serializers.Serializer[InterestShare]):
    """The share of a category in the interest of all customers."""

    category = Text(source="code")
    name = CategoryNameField(allow_null=True)
    share = ShareField()


class BrandShareSerializer(serializers.Serializer[InterestShare]):
    """The share of a brand in the interest of all customers."""

    brand = Text(source="code")
    share = ShareField()


class InterestsSerializer(serializers.Serializer[dict[str, Any]]):
    """The interests of all customers together, as of the last night."""

    as_of = Time(allow_null=True)
    categories = CategoryShareSerializer(many=True)
    brands = BrandShareSerializer(many=True)
