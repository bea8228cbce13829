"""What the calls about price rules answer, as the schema shows it; a test compares each reply."""

from typing import Any

from rest_framework import serializers

from price_rules.till.reasons import Reason

Shape = serializers.Serializer[Any]
Text = serializers.CharField


class GivenShape(Shape):
    """What a rule took off a line."""

    code = Text()
    amount = Text()


class EvaluatedLineShape(Shape):
    """A line; `line` is its number as it was given, else its place from 1."""

    line = serializers.JSONField()
    sku = Text()
    row_total = Text()
    discount = Text()
    rules = GivenShape(many=True)


class AppliedShape(Shape):
    """A rule that gave something."""

    code = Text()
    label = Text()  # type: ignore[assignment]
    amount = Text()
    stopped = serializers.BooleanField()


class NotAppliedShape(Shape):
    """A rule that gave nothing; `rule`: which one stopped it, `detail` where it was asked for."""

    code = Text()
    reason = serializers.ChoiceField([one.value for one in Reason])
    rule = Text(required=False)
    detail = Text(required=False)


class CouponStatusShape(Shape):
    """The coupon in the cart, and what became of it."""

    code = Text(allow_null=True)
    status = Text(allow_null=True)


class EvaluationShape(Shape):
    """What a cart costs."""

    as_of = serializers.DateTimeField()
    currency = Text()
    subtotal = Text()
    discount = Text()
    shipping_discount = Text()
    free_shipping = serializers.BooleanField()
    grand_total = Text()
    lines = EvaluatedLineShape(many=True)
    applied = AppliedShape(many=True)
    not_applied = NotAppliedShape(many=True)
    coupon = CouponStatusShape()


class QuestionAnswersShape(Shape):
    """Whether each question holds, in their order."""

    answers = serializers.ListField(child=serializers.BooleanField())
    as_of = serializers.DateTimeField()


class CouponShape(Shape):
    """A coupon as it was generated."""

    code = Text()
    expires_at = serializers.DateTimeField(allow_null=True)
    customer = Text(allow_null=True)


class GeneratedCouponsShape(Shape):
    """The coupons of a batch."""

    coupons = CouponShape(many=True)


class ListedCouponShape(CouponShape):
    """A coupon in a list; `uses` is how often it may be used, 0 for no limit of its own."""

    rule = Text()
    uses = serializers.IntegerField()


class BatchShape(Shape):
    """A batch of coupons, and how many of them are made; they are coupons when all are."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(["running", "completed"])
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class ReservationShape(Shape):
    """A coupon that is reserved for an order."""

    code = Text()
    order = Text()
    expires_at = serializers.DateTimeField()
