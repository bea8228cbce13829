"""The responses of the calls about price rules, for the schema; a test checks each response."""

from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from price_rules.evaluation import Evaluation, NotApplied
from price_rules.models import Coupon, CouponBatch, Reservation
from price_rules.till.reasons import Reason

Text = serializers.CharField


class GivenSerializer(serializers.Serializer[Any]):
    """The discount that a rule gave on a line."""

    code = Text()
    amount = Text()


class EvaluatedLineSerializer(serializers.Serializer[Any]):
    """A line; `line` is the line number given in the cart, else its position from 1."""

    line = serializers.JSONField()
    sku = Text()
    row_total = Text()
    discount = Text()
    rules = GivenSerializer(many=True)


class AppliedSerializer(serializers.Serializer[Any]):
    """A rule that was applied."""

    code = Text()
    label = Text()  # type: ignore[assignment]
    amount = Text()
    stopped = serializers.BooleanField()


class EndingRuleField(serializers.CharField):
    """The code of the rule that ended the evaluation, where one did."""

    def get_attribute(self, instance: NotApplied) -> str:
        if not instance.rule:
            raise serializers.SkipField
        return instance.rule


class DetailField(serializers.CharField):
    """The sentence with the reason, which takes time to find, if the context has `explain`."""

    def get_attribute(self, instance: NotApplied) -> str:
        if not self.context.get("explain"):
            raise serializers.SkipField
        return str(instance.detail)


class NotAppliedSerializer(serializers.Serializer[Any]):
    """A rule that was not applied. `rule` ended the evaluation; `detail` is there on request."""

    code = Text()
    reason = serializers.ChoiceField([one.value for one in Reason])
    rule = EndingRuleField(required=False)
    detail = DetailField(required=False)


class CouponStatusSerializer(serializers.Serializer[Any]):
    """The coupon code in the cart, and its status."""

    code = Text(allow_null=True)
    status = Text(allow_null=True)


class EvaluationSerializer(serializers.Serializer[Evaluation]):
    """The evaluation of a cart: totals, lines, and the rules applied and not applied."""

    as_of = ClockField()
    currency = Text()
    subtotal = Text()
    discount = Text()
    shipping_discount = Text()
    free_shipping = serializers.BooleanField()
    grand_total = Text()
    lines = EvaluatedLineSerializer(many=True)
    applied = AppliedSerializer(many=True)
    not_applied = NotAppliedSerializer(many=True)
    coupon = CouponStatusSerializer()


class QuestionAnswersSerializer(serializers.Serializer[Any]):
    """Whether each question holds, in the order of the request."""

    answers = serializers.ListField(child=serializers.BooleanField())
    as_of = ClockField()


class CouponSerializer(serializers.Serializer[Coupon]):
    """A coupon."""

    code = Text()
    expires_at = ClockField(allow_null=True)
    customer = Text(source="customer.external_id", allow_null=True)


class GeneratedCouponsSerializer(serializers.Serializer[dict[str, Any]]):
    """The coupons of a batch."""

    coupons = CouponSerializer(many=True)


class ListedCouponSerializer(CouponSerializer):
    """A coupon in a list; `uses` is how often the code may be used, 0 for no limit of its own."""

    rule = Text(source="rule.code")
    uses = serializers.IntegerField()


class BatchSerializer(serializers.Serializer[CouponBatch]):
    """A batch of coupons and its progress; the codes are valid once all are generated."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(["running", "completed"])
    done = serializers.IntegerField(source="coupons.count")
    total = serializers.IntegerField(source="count")


class ReservationSerializer(serializers.Serializer[Reservation]):
    """The reservation of a coupon for an order."""

    code = Text(source="coupon.code")
    order = Text()
    expires_at = ClockField()
