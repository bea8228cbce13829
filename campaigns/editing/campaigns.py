"""Campaigns: checked, stored while they are drafts, deleted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.audit import CAMPAIGN
from campaigns.covered import covers, segments_to_use
from campaigns.definition import CampaignDefinition, campaign_definition, campaign_json
from campaigns.editing.columns import problems_of
from campaigns.experiments import campaigns_of, experiment_to_use, is_of_mail
from campaigns.freezing import lock_campaign
from campaigns.models import Campaign, CampaignState, MailTemplate, SendTime
from campaigns.projection import project_if_small
from core.audit import record
from core.clock import now
from core.problems import Invalid, Problem
from customers.models import AuditAction, Store
from price_rules.models import CartPriceRule, CouponKind
from segments.models import Segment

EDITABLE = (CampaignState.DRAFT, CampaignState.SCHEDULED)


class InvalidCampaign(Invalid):
    """A campaign that is refused; `problems` holds every finding, each with its field's path."""


class Frozen(ValueError):
    """A campaign of which nothing changes any more: its recipients are settled, or it has ended."""

    def __init__(self) -> None:
        super().__init__(
            _("The campaign is on its way or has ended: nothing of it changes any more.")
        )


class Approved(ValueError):
    """A campaign that somebody has scheduled is only changed by whoever may send campaigns."""

    def __init__(self) -> None:
        super().__init__(_("It is scheduled: only whoever may send campaigns changes it now."))


def may_change(campaign: Campaign, author: Any) -> bool:
    """Return whether `author` (None: a command) may change what was approved, if it was."""
    if campaign.state != CampaignState.SCHEDULED or author is None:
        return True
    return bool(author.has_perm("campaigns.send_campaign"))


def create_campaign(code: str, definition: CampaignDefinition, *, author: Any) -> Campaign:
    """Store a new draft; raises InvalidCampaign, and nothing is stored then."""
    return _stored(lambda: Campaign(code=code), definition, author)


def save_campaign(campaign: Campaign, definition: CampaignDefinition, *, author: Any) -> Campaign:
    """Store what a campaign says from now on; raises InvalidCampaign, Frozen, Approved."""
    return _stored(lambda: lock_campaign(campaign.pk), definition, author)


def delete_campaign(campaign: Campaign, *, author: Any) -> None:
    """Delete a draft; raises Frozen for one that has messages or is about to get them."""
    with transaction.atomic():
        stored = lock_campaign(campaign.pk)
        if stored.state not in EDITABLE:
            raise Frozen
        before = campaign_json(campaign_definition(stored))
        record(author, AuditAction.DELETED, CAMPAIGN, stored.code, before=before)
        stored.delete()


def _stored(begin: Callable[[], Campaign], wanted: CampaignDefinition, author: Any) -> Campaign:
    try:
        with transaction.atomic():
            return _store(begin, wanted, author)
    except IntegrityError:
        # Somebody took the code in between: now the check sees it.
        with transaction.atomic():
            return _store(begin, wanted, author)


def _store(begin: Callable[[], Campaign], wanted: CampaignDefinition, author: Any) -> Campaign:
    # Before any other row, as whoever starts it has it.
    experiment = experiment_to_use(wanted.experiment)
    # Before the campaign's own row, as whoever deletes a segment has it.
    segments = segments_to_use([*wanted.segments, *wanted.exclude_segments])
    campaign = begin()
    is_new = campaign._state.adding
    if not is_new and campaign.state not in EDITABLE:
        raise Frozen
    if not may_change(campaign, author):
        raise Approved
    wanted = replace(wanted, name=wanted.name.strip())
    before = None if is_new else campaign_definition(campaign)
    checking = _Checking(campaign, wanted, before, segments, experiment)
    checking.run()
    if checking.problems:
        raise InvalidCampaign(checking.problems)
    if before == wanted:
        return campaign
    campaign.name = wanted.name
    campaign.template = checking.template  # type: ignore[assignment]
    campaign.segments = list(wanted.segments)
    campaign.exclude_segments = list(wanted.exclude_segments)
    campaign.stores = list(wanted.stores)
    campaign.match = wanted.match
    campaign.send_at, campaign.send_time = wanted.send_at, wanted.send_time
    campaign.coupon_rule = checking.rule
    campaign.respects_holdout = wanted.respects_holdout
    campaign.experiment = wanted.experiment or ""
    campaign.version += 1
    campaign.eligible_at = None
    campaign.save()
    project_if_small(campaign, now())
    campaign.refresh_from_db(fields=["eligible", "eligible_at"])
    action = AuditAction.CREATED if is_new else AuditAction.CHANGED
    said = None if before is None else campaign_json(before)
    record(author, action, CAMPAIGN, campaign.code, before=said, after=campaign_json(wanted))
    return campaign


@dataclass
class _Checking:
    """One check, and what it has found so far; `before` is what the campaign said."""

    campaign: Campaign
    wanted: CampaignDefinition
    before: CampaignDefinition | None
    # By their codes; nobody deletes them meanwhile.
    segments: Mapping[str, Segment]
    # The one that it names, if there is any; nobody else takes it meanwhile.
    experiment: Any

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []
        self.template: MailTemplate | None = None
        self.rule: CartPriceRule | None = None

    def run(self) -> None:
        """Look at everything, so that whoever writes a campaign sees all of it at once."""
        wanted = self.wanted
        row = Campaign(
            code=self.campaign.code,
            name=wanted.name,
            match=wanted.match,
            send_time=wanted.send_time,
        )
        names = {"name", "match", "send_time"}
        if self.campaign._state.adding:
            names.add("code")
            if Campaign.objects.filter(code=self.campaign.code).exists():
                self._problem("code", "unique", _("There is a campaign of this code."))
        self.problems += problems_of(row, names)
        self._template()
        stores = self._stores()
        self._segments(stores)
        self._rule()
        if not apps.is_installed("personalization"):
            text = _("That needs the app “personalization”, which is not installed.")
            if wanted.respects_holdout:
                self._problem("respects_holdout", "not_installed", text)
            if wanted.send_time == SendTime.BEST_HOUR:
                self._problem("send_time", "not_installed", text)
            if wanted.experiment is not None:
                self._problem("experiment", "not_installed", text)
        elif wanted.experiment is not None:
            self._experiment(wanted.experiment)

    def _problem(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))

    def _template(self) -> None:
        # Whoever deletes it waits, and then sees the campaign.
        rows = MailTemplate.objects.select_for_update(no_key=True)
        self.template = rows.filter(code=self.wanted.template).first()
        if self.template is None:
            text = _("There is no template “%(code)s”.") % {"code": self.wanted.template}
            self._problem("template", "unknown_template", text)

    def _stores(self) -> list[Store]:
        wanted = self.wanted.stores
        if not wanted:
            self._problem("stores", "required", _("At least one store."))
        found = {
            store.code: store
            for store in Store.objects.filter(code__in=wanted).select_related("website")
        }
        for place, code in enumerate(wanted):
            if code not in found and not self._had("stores", code):
                text = _("There is no store “%(code)s”.") % {"code": code}
                self._problem(f"stores[{place}]", "unknown_store", text)
        return list(found.values())

    def _segments(self, stores: list[Store]) -> None:
        for name in ("segments", "exclude_segments"):
            for place, code in enumerate(getattr(self.wanted, name)):
                path = f"{name}[{place}]"
                if code not in self.segments:
                    # What was deleted meanwhile stays listed; it has no members.
                    if not self._had(name, code):
                        text = _("There is no segment “%(code)s”.") % {"code": code}
                        self._problem(path, "unknown_segment", text)
                elif name == "segments" and not self._is_inside(code, stores):
                    text = _("The segment “%(name)s” is about none of these stores.")
                    said = text % {"name": self.segments[code].name}
                    self._problem(path, "segment_outside_stores", said)

    def _is_inside(self, code: str, stores: Sequence[Store]) -> bool:
        """Return whether the segment is about one of `stores`; of none that is said elsewhere."""
        return not stores or any(covers(self.segments[code], store) for store in stores)

    def _rule(self) -> None:
        code = self.wanted.coupon_rule
        if code is None:
            return
        rows = CartPriceRule.objects.select_for_update(no_key=True)
        self.rule = rows.filter(code=code).first()
        if self.rule is None:
            text = _("There is no price rule “%(code)s”.") % {"code": code}
            self._problem("coupon_rule", "unknown_rule", text)
        elif not self.rule.is_active:
            text = _("The price rule “%(name)s” is not active.") % {"name": self.rule.name}
            self._problem("coupon_rule", "rule_inactive", text)
        elif self.rule.coupon != CouponKind.GENERATED:
            text = _("The price rule “%(name)s” has no generated coupons.")
            self._problem("coupon_rule", "rule_without_coupons", text % {"name": self.rule.name})

    def _experiment(self, code: str) -> None:
        if self.before is not None and self.before.experiment == code:
            # What became of it meanwhile is said when the campaign is sent.
            return
        others = campaigns_of(code).exclude(pk=self.campaign.pk)
        said = {"code": code}
        if self.experiment is None:
            text = _("There is no experiment “%(code)s”.")
            self._problem("experiment", "unknown_experiment", text % said)
        elif not is_of_mail(self.experiment):
            text = _(
                "The experiment “%(code)s” is not about mail: no variant of it has a subject or a "
                "template."
            )
            self._problem("experiment", "not_for_mail", text % said)
        elif self.experiment.stopped_at is not None:
            text = _("The experiment “%(code)s” was stopped, which is final.")
            self._problem("experiment", "experiment_stopped", text % said)
        elif other := others.first():
            text = _("The campaign “%(name)s” has the experiment “%(code)s” already.")
            said["name"] = other.name
            self._problem("experiment", "experiment_taken", text % said)

    def _had(self, name: str, code: str) -> bool:
        return self.before is not None and code in getattr(self.before, name)
