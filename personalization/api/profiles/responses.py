"""The responses of the personalization API for the schema; a test compares each actual response."""

from typing import Any

from rest_framework import serializers

from core.api.openapi.schema import FindingSerializer
from core.api.parsing import ClockField
from personalization.intake.receiving import Taken
from personalization.models import PersonalizationInsight
from personalization.profiles.computed import LAST_VIEWED, SEARCHES

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


class ProfiledSerializer(serializers.Serializer[Any]):
    """The customer of a profile; personal data only for users who may see it."""

    id = Text()
    kind = Text()
    website = Text()
    registered_at = Time(allow_null=True)
    name = Text(required=False, allow_blank=True)
    email = Text(required=False, allow_blank=True)
    age_group = Text(allow_null=True)
    gender = Text(allow_null=True)
    country = Text(allow_null=True)
    attributes = serializers.DictField()


class EngagementPartSerializer(serializers.Serializer[Any]):
    """The contribution of one type of behaviour to the engagement."""

    type = Text()
    count = Whole()
    points = Text()


class EngagementSerializer(serializers.Serializer[Any]):
    """The engagement of a customer: a score from 0 to 100, and its points."""

    score = Text()
    raw = Text()
    parts = EngagementPartSerializer(many=True)


class SessionsSerializer(serializers.Serializer[Any]):
    """The sessions of a customer."""

    count = Whole()
    last_started_at = Time(allow_null=True)
    last_ended_at = Time(allow_null=True)
    average_seconds = Whole(allow_null=True)
    average_activities = Text(allow_null=True)


class BehaviorSerializer(serializers.Serializer[Any]):
    """The recent views of a customer."""

    product_views_30d = Whole()
    last_viewed = serializers.ListField(child=Text(), max_length=LAST_VIEWED)
    searches = serializers.ListField(child=Text(allow_blank=True), max_length=SEARCHES)
    channels = serializers.DictField(child=Whole())
    devices = serializers.DictField(child=Whole())


class PurchasesSerializer(serializers.Serializer[Any]):
    """The purchases of a customer."""

    orders = Whole()
    sales = Text()
    average_order_value = Text()
    last_order_at = Time(allow_null=True)
    days_since_last_order = Whole(allow_null=True)


class InterestSerializer(serializers.Serializer[Any]):
    """The interest in a category."""

    category = Text()
    share = Text()
    lift = Text()


class BrandSerializer(serializers.Serializer[Any]):
    """The interest in a brand."""

    brand = Text()
    share = Text()
    lift = Text()


class PriceSerializer(serializers.Serializer[Any]):
    """How a customer buys."""

    discount_share = Text(allow_null=True)
    position = Text(allow_null=True)


class SendTimeSerializer(serializers.Serializer[Any]):
    """The best hour for mail to a customer, in the website's time zone."""

    hour = Whole()
    confidence = Text()


class InsightSerializer(serializers.Serializer[PersonalizationInsight]):
    """An insight."""

    code = Text()
    figures = serializers.DictField()
    sentence = Text()


class ConsentOfProfileSerializer(serializers.Serializer[Any]):
    """The consent states of a customer for both purposes."""

    tracking = Text()
    personalization = Text()


class AssignedSerializer(serializers.Serializer[Any]):
    """The variant of an experiment assigned to a customer."""

    code = Text()
    variant = Text()
    assigned_at = Time()


class LifestyleFigureSerializer(serializers.Serializer[Any]):
    """A figure from 0 to 1, how it is computed, and the counts behind it."""

    value = Text(allow_null=True)
    formula = Text()
    counts = serializers.DictField()


class LifestyleSerializer(serializers.Serializer[Any]):
    """What the sales of 365 days say of values and life-style; missing below 5 orders."""

    orders = Whole()
    weekend_share = LifestyleFigureSerializer()
    evening_share = LifestyleFigureSerializer()
    new_product_share = LifestyleFigureSerializer()
    gift_season_share = LifestyleFigureSerializer()
    regularity = LifestyleFigureSerializer()
    values = serializers.DictField(child=LifestyleFigureSerializer())


class ProfileSerializer(serializers.Serializer[Any]):
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


class CategoryShareSerializer(serializers.Serializer[Any]):
    """The share of a category in the interest of all customers."""

    category = Text()
    name = Text(allow_null=True)
    share = Text()


class BrandShareSerializer(serializers.Serializer[Any]):
    """The share of a brand in the interest of all customers."""

    brand = Text()
    share = Text()


class InterestsSerializer(serializers.Serializer[Any]):
    """The interests of all customers together, as of the last night."""

    as_of = Time(allow_null=True)
    categories = CategoryShareSerializer(many=True)
    brands = BrandShareSerializer(many=True)
