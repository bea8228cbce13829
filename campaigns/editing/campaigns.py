"""Campaigns as a resource; only drafts and scheduled campaigns can be changed."""

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty

from campaigns.audience.projection import project_if_small
from campaigns.audience.scope import covers
from campaigns.audit import CAMPAIGN
from campaigns.content.experiments import are_possible, campaigns_of, experiment_called, is_of_mail
from campaigns.editing.price_rule_usages import check_coupon_rules
from campaigns.models import Campaign, CampaignState, MailTemplate, OptimizeFor, SendTime
from campaigns.winners.deciding import stores_without_opens
from campaigns.words import refusal_text
from core.access.website_limits import OutsideWebsites, is_limited
from core.api.parsing import TextField
from core.api.refusals import Refused, conflict
from core.audit import record
from core.clock import now
from core.problems import Problem
from core.resources.fields import Checked, ChoiceField, CodesField, RowField
from core.resources.serializers import ResourceSerializer, checks
from customers.access.coverage import StoreCodes
from customers.models import AuditAction, Store
from price_rules.models import CartPriceRule, CouponKind
from segments.models import Segment
from segments.rules.users import NamesSegments
from segments.rules.website_limits.websites import hidden_segments

TEST = ("test_share", "decide_after_hours", "optimize_for")
EDITABLE = (CampaignState.DRAFT, CampaignState.SCHEDULED)
# Fields that the confirmation of a schedule shows besides the time.
CONFIRMED = (
    *("template_id", "stores", "segments", "match", "exclude_segments", "coupon_rule_id"),
    *("respects_holdout", "experiment", "test_share", "decide_after_hours", "optimize_for"),
)
CHANGED_SINCE = "changed_since_scheduled"


class SegmentsField(CodesField):
    """Codes of segments that are about one of the campaign's stores."""

    def check(self, value: Any, stored: Any) -> Checked:
        checked = super().check(value, stored)
        values = cast(ResourceSerializer, self.parent).values
        stores = list(Store.objects.filter(code__in=values.get("stores", ())))
        rows = Segment.objects.filter(code__in=checked.value).prefetch_related("websites")
        text = _("The segment “%(name)s” is about none of these stores.")
        outside = [
            Problem(
                f"[{checked.value.index(one.code)}]",
                "segment_outside_stores",
                text % {"name": one.name},
            )
            for one in rows
            # Unknown stores are reported at the field of the stores.
            if stores and not any(covers(one, store) for store in stores)
        ]
        return replace(checked, problems=[*outside, *checked.problems])


class ExperimentCodeField(TextField):
    """The code of an experiment; null for none, which is stored as an empty text."""

    def run_validation(self, data: Any = empty) -> str:
        return super().run_validation(data) or ""

    def to_representation(self, value: Any) -> Any:
        return value or None


class OptimizeForField(ChoiceField):
    """A rate; null for none, which is stored as an empty text."""

    def run_validation(self, data: Any = empty) -> str:
        return super().run_validation(data) or ""

    def to_representation(self, value: Any) -> Any:
        return value or None


class MailCampaignSerializer(ResourceSerializer):
    """A campaign; `eligible` is null until its recipients are counted."""

    template = RowField(of=MailTemplate, unknown="unknown_template")
    stores = CodesField(of=Store, unknown="unknown_store", max_length=1_000)
    segments = SegmentsField(of=Segment, unknown="unknown_segment", default=list, max_length=100)
    exclude_segments = CodesField(
        of=Segment, unknown="unknown_segment", default=list, max_length=100
    )
    coupon_rule = RowField(of=CartPriceRule, unknown="unknown_rule", default=None, allow_null=True)
    experiment = ExperimentCodeField(default=None, allow_null=True, max_length=64)
    decision = serializers.JSONField(read_only=True)
    optimize_for = OptimizeForField(choices=OptimizeFor.choices, default=None, allow_null=True)
    state = serializers.ChoiceField(CampaignState.choices, read_only=True)
    reason = serializers.CharField(source="pause_reason", read_only=True)
    eligible = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        fields: ClassVar = [
            *("code", "name", "template", "stores", "segments", "match", "exclude_segments"),
            *("send_at", "send_time", "coupon_rule", "respects_holdout", "experiment"),
            *("test_share", "decide_after_hours", "optimize_for", "decision"),
            *("state", "reason", "eligible", "frozen_at", "finished_at", "version"),
        ]
        extra_kwargs: ClassVar = {
            "test_share": {"min_value": 1_000, "max_value": 5_000},
            "decide_after_hours": {"min_value": 1, "max_value": 72},
        }

    def get_eligible(self, campaign: Campaign) -> int | None:
        """Return the stored number of eligible customers; None if it was never counted."""
        return campaign.eligible if campaign.eligible_at else None

    @checks("stores")
    def some_store_sends_it(self, campaign: Campaign) -> Iterator[Problem]:
        if not campaign.stores:
            yield Problem("stores", "required", _("At least one store."))

    @checks("send_at")
    def scheduled_time_is_to_come(self, campaign: Campaign) -> Iterator[Problem]:
        stored = self.instance
        if stored is None or stored.state != CampaignState.SCHEDULED:
            return
        if campaign.send_at not in (None, stored.send_at) and not campaign.is_later_than(now()):
            text = _(
                "It is scheduled, and this time is past: it would go out at once. Choose a later "
                "time, or empty this to make it a draft again."
            )
            yield Problem("send_at", "out_of_range", text)

    @checks()
    def schedule_is_still_confirmed(self, campaign: Campaign) -> None:
        """Warn where the change makes a scheduled campaign a draft again."""
        if self.instance is not None and _loses_schedule(self.instance, campaign):
            self.warn("", CHANGED_SINCE, refusal_text(CHANGED_SINCE))

    @checks("coupon_rule")
    def rule_gives_coupons(self, campaign: Campaign) -> Iterator[Problem]:
        rule = campaign.coupon_rule
        if rule is None:
            return
        code = ""
        if not rule.is_active:
            code, text = "rule_inactive", _("The price rule “%(name)s” is not active.")
        elif rule.coupon != CouponKind.GENERATED:
            code = "rule_without_coupons"
            text = _("The price rule “%(name)s” has no generated coupons.")
        if not code:
            return
        if self.instance is None or self.instance.coupon_rule_id != rule.pk:
            yield Problem("coupon_rule", code, text % {"name": rule.name})
        else:
            # The rule has changed since; all else of the campaign can still be put right.
            self.warn("coupon_rule", code, text % {"name": rule.name})

    @checks("respects_holdout")
    def holdout_is_known(self, campaign: Campaign) -> Iterator[Problem]:
        if campaign.respects_holdout:
            yield from _not_installed("respects_holdout")

    @checks("send_time")
    def best_hour_is_known(self, campaign: Campaign) -> Iterator[Problem]:
        if campaign.send_time == SendTime.BEST_HOUR:
            yield from _not_installed("send_time")

    @checks("experiment")
    def experiment_is_free(self, campaign: Campaign) -> Iterator[Problem]:
        code = campaign.experiment
        if not code:
            return
        if not are_possible():
            yield from _not_installed("experiment")
        # The stored experiment may have changed since; sending checks it again.
        elif self.instance is None or self.instance.experiment != code:
            yield from self._problems_of(code, campaign)

    @checks("experiment", "test_share", "decide_after_hours", "optimize_for")
    def test_has_an_experiment_and_an_end(self, campaign: Campaign) -> Iterator[Problem]:
        given = [name for name in TEST if getattr(campaign, name)]
        for name in given if not campaign.experiment else ():
            text = _("Only a campaign with an experiment has a test share.")
            yield Problem(name, "needs_experiment", text)
        if given and campaign.experiment:
            for name in TEST:
                if name not in given:
                    text = _("Test share, hours until the decision and rate belong together.")
                    yield Problem(name, "required", text)

    @checks("stores", "optimize_for")
    def opens_are_reported(self, campaign: Campaign) -> Iterator[Problem]:
        if campaign.optimize_for != OptimizeFor.OPEN_RATE:
            return
        if silent := stores_without_opens(campaign.stores, now()):
            text = _("Mails of %(stores)s were delivered in the last 30 days, and none was opened.")
            message = text % {"stores": ", ".join(one.name for one in silent)}
            yield Problem("optimize_for", "no_opens_reported", message)
        else:
            text = _("Mail programs open mails by themselves: open rates are inflated.")
            self.warn("optimize_for", "opens_are_inflated", text)

    def _problems_of(self, code: str, campaign: Campaign) -> Iterator[Problem]:
        experiment, said = experiment_called(code), {"code": code}
        if experiment is None:
            text = _("There is no experiment “%(code)s”.")
            yield Problem("experiment", "unknown_experiment", text % said)
        elif not is_of_mail(experiment):
            text = _(
                "The experiment “%(code)s” is not about mail: no variant of it has a subject or a "
                "template."
            )
            yield Problem("experiment", "not_for_mail", text % said)
        elif experiment.stopped_at is not None:
            text = _("The experiment “%(code)s” was stopped, which is final.")
            yield Problem("experiment", "experiment_stopped", text % said)
        elif other := campaigns_of(code).exclude(pk=campaign.pk).first():
            text = _("The campaign “%(name)s” has the experiment “%(code)s” already.")
            said["name"] = other.name
            yield Problem("experiment", "experiment_taken", text % said)


class Campaigns(NamesSegments):
    """All campaigns; sending, pausing and cancelling them is in `campaigns.delivery.lifecycle`.

    The lock on the definitions of segments also keeps two campaigns from taking one experiment.
    """

    serializer = MailCampaignSerializer
    subject = CAMPAIGN
    coverage = StoreCodes("stores")
    usual_code = "campaign"

    def rows(self) -> Any:
        return super().rows().select_related("template", "coupon_rule")

    def check_open(self, row: Campaign) -> None:
        """Raise a conflict (409) for a campaign whose recipients are frozen, or that has ended."""
        if row.state not in EDITABLE:
            text = _(
                "The campaign is on its way or has ended: nothing of it changes any more. What has "
                "not left yet can be paused or cancelled on its page “Sending”; for anything else "
                "make another campaign."
            )
            raise conflict("frozen", text)

    def before_save(self, row: Campaign, *, author: Any) -> None:
        if not may_change(row, author):
            text = _("It is scheduled: only users who may send campaigns change it now.")
            raise Refused(HTTPStatus.FORBIDDEN, text)
        if is_limited(author):
            _check_named(row, author)
        row.eligible_at = None
        if row.state == CampaignState.DRAFT and row.pause_reason != CHANGED_SINCE:
            # The reason why the former version was not sent does not apply any more.
            row.pause_reason = ""
        if row.state == CampaignState.SCHEDULED:
            stored = Campaign.objects.get(pk=row.pk)
            if _loses_schedule(stored, row):
                row.state, row.pause_reason = CampaignState.DRAFT, CHANGED_SINCE
                before, after = {"state": stored.state}, {"state": row.state}
                record(author, AuditAction.CHANGED, CAMPAIGN, row.code, before=before, after=after)

    def after_save(self, row: Campaign) -> None:
        # A concurrent deletion of these rows waits for the lock, and then finds the campaign.
        list(MailTemplate.objects.select_for_update(no_key=True).filter(pk=row.template_id))
        if row.coupon_rule_id is not None:
            rules = CartPriceRule.objects.select_for_update(no_key=True)
            list(rules.filter(pk=row.coupon_rule_id))
        project_if_small(row, now())
        row.refresh_from_db(fields=["eligible", "eligible_at"])


CAMPAIGNS = Campaigns()


def _check_named(row: Campaign, author: Any) -> None:
    """Raise OutsideWebsites if `row` newly names an object that a limited `author` may not use.

    Such objects are segments that the author cannot see, and price rules of which the author may
    make no coupons.
    """
    stored = Campaign.objects.filter(pk=row.pk).first() or Campaign()
    before = {*stored.segments, *stored.exclude_segments}
    hidden = hidden_segments({*row.segments, *row.exclude_segments} - before, author)
    if hidden:
        raise OutsideWebsites
    check_coupon_rules([row], [stored], author)


def may_change(campaign: Campaign, author: Any) -> bool:
    """Return whether `author` (None: a command) may change what was approved, if it was."""
    if campaign.state != CampaignState.SCHEDULED or author is None:
        return True
    return bool(author.has_perm("campaigns.send_campaign"))


def _loses_schedule(stored: Campaign, row: Campaign) -> bool:
    """Return whether `row`, which replaces `stored`, has to be scheduled again.

    A scheduled campaign is only sent with the recipients and the content that the user who
    scheduled it had seen.
    """
    if stored.state != CampaignState.SCHEDULED:
        return False
    is_other = any(getattr(stored, name) != getattr(row, name) for name in CONFIRMED)
    return is_other or row.send_at is None


def _not_installed(path: str) -> Iterator[Problem]:
    if not are_possible():
        text = _("That needs the app “personalization”, which is not installed.")
        yield Problem(path, "not_installed", text)
