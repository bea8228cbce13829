"""The responses of the personalization API for the schema; a test compares each actual response."""

from typing import Any

from rest_framework import serializers

from core.api.openapi.schema import FindingShape
from core.api.parsing import ClockField
from personalization.intake.receiving import Taken
from personalization.models import PersonalizationInsight
from personalization.profiles.computed import LAST_VIEWED, SEARCHES

Shape = serializers.Serializer[Any]
Text = serializers.CharField
Whole = serializers.IntegerField
Time = ClockField


class DroppedShape(Shape):
    """The number of dropped behaviours by reason."""

    no_consent = Whole()
    gpc = Whole()
    bot = Whole()
    rate = Whole()
    erased = Whole()


class TrackedShape(serializers.Serializer[Taken]):
    """The result of received behaviours."""

    accepted = Whole()
    duplicates = Whole()
    dropped = DroppedShape()
    errors = FindingShape(source="problems", many=True)  # type: ignore[assignment]


class ProfiledShape(Shape):
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


class EngagementPartShape(Shape):
    """The contribution of one type of behaviour to the engagement."""

    type = Text()
    count = Whole()
    points = Text()


class EngagementShape(Shape):
    """The engagement of a customer: a score from 0 to 100, and its points."""

    score = Text()
    raw = Text()
    parts = EngagementPartShape(many=True)


class SessionsShape(Shape):
    """The sessions of a customer."""

    count = Whole()
    last_started_at = Time(allow_null=True)
    last_ended_at = Time(allow_null=True)
    average_seconds = Whole(allow_null=True)
    average_activities = Text(allow_null=True)


class BehaviorShape(Shape):
    """The recent views of a customer."""

    product_views_30d = Whole()
    last_viewed = serializers.ListField(child=Text(), max_length=LAST_VIEWED)
    searches = serializers.ListField(child=Text(allow_blank=True), max_length=SEARCHES)
    channels = serializers.DictField(child=Whole())
    devices = serializers.DictField(child=Whole())


class PurchasesShape(Shape):
    """The purchases of a customer."""

    orders = Whole()
    sales = Text()
    average_order_value = Text()
    last_order_at = Time(allow_null=True)
    days_since_last_order = Whole(allow_null=True)


class InterestShape(Shape):
    """The interest in a category."""

    category = Text()
    share = Text()
    lift = Text()


class BrandShape(Shape):
    """The interest in a brand."""

    brand = Text()
    share = Text()
    lift = Text()


class PriceShape(Shape):
    """How a customer buys."""

    discount_share = Text(allow_null=True)
    position = Text(allow_null=True)


class SendTimeShape(Shape):
    """The best hour for mail to a customer, in the website's time zone."""

    hour = Whole()
    confidence = Text()


class InsightShape(serializers.Serializer[PersonalizationInsight]):
    """An insight."""

    code = Text()
    figures = serializers.DictField()
    sentence = Text()


class ConsentOfProfileShape(Shape):
    """The consent states of a customer for both purposes."""

    tracking = Text()
    personalization = Text()


class AssignedShape(Shape):
    """The variant of an experiment assigned to a customer."""

    code = Text()
    variant = Text()
    assigned_at = Time()


class LifestyleFigureShape(Shape):
    """A figure from 0 to 1, how it is computed, and the counts behind it."""

    value = Text(allow_null=True)
    formula = Text()
    counts = serializers.DictField()


class LifestyleShape(Shape):
    """What the sales of 365 days say of values and life-style; missing below 5 orders."""

    orders = Whole()
    weekend_share = LifestyleFigureShape()
    evening_share = LifestyleFigureShape()
    new_product_share = LifestyleFigureShape()
    gift_season_share = LifestyleFigureShape()
    regularity = LifestyleFigureShape()
    values = serializers.DictField(child=LifestyleFigureShape())


class ProfileShape(Shape):
    """The profile of a customer; blocks that are not requested or not permitted are left out."""

    customer = ProfiledShape()
    as_of = Time()
    updated_at = Time(allow_null=True)
    engagement = EngagementShape(required=False)
    sessions = SessionsShape(required=False)
    behavior = BehaviorShape(required=False)
    purchases = PurchasesShape(required=False)
    interests = InterestShape(many=True, required=False)
    brands = BrandShape(many=True, required=False)
    price = PriceShape(required=False)
    lifestyle = LifestyleShape(required=False)
    predictions = serializers.DictField(required=False)
    send_time = SendTimeShape(required=False)
    segments = serializers.ListField(child=Text(), required=False)
    experiments = AssignedShape(many=True, required=False)
    consent = ConsentOfProfileShape(required=False)
    insights = InsightShape(many=True, required=False)


class CustomerInsightsShape(serializers.Serializer[dict[str, Any]]):
    """The insights of a customer."""

    id = Text()
    as_of = Time()
    insights = InsightShape(many=True)


class CategoryShareShape(Shape):
    """The share of a category in the interest of all customers."""

    category = Text()
    name = Text(allow_null=True)
    share = Text()


class BrandShareShape(Shape):
    """The share of a brand in the interest of all customers."""

    brand = Text()
    share = Text()


class InterestsShape(Shape):
    """The interests of all customers together, as of the last night."""

    as_of = Time(allow_null=True)
    categories = CategoryShareShape(many=True)
    brands = BrandShareShape(many=True)
