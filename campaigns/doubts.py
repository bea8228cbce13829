"""What whoever sends a campaign may have overlooked, before anybody sends it."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.audience import Audience
from campaigns.composing import content_of
from campaigns.experiments import experiment_called, fewest_of, running_experiment
from campaigns.models import Campaign, Match
from campaigns.senders import stores_without_sender
from core.text.formats import day_shown, number_shown
from customers.models import Store
from price_rules.coupons.uses import uses_left
from segments.models import Segment


def doubts_of(campaign: Campaign, audience: Audience) -> list[str]:
    """Return warnings about `campaign` and who it would go to, `audience`, as sentences."""
    found = []
    codes = [*campaign.segments, *campaign.exclude_segments]
    stored = {one.code: one for one in Segment.objects.filter(code__in=codes)}
    for code in codes:
        if code not in stored:
            text = _("There is no segment “%(code)s” any more: it has no members.")
            found.append(text % {"code": code})
        elif not stored[code].is_active:
            text = _("The segment “%(name)s” is not active: it has no members.")
            found.append(text % {"name": stored[code].name})
    content = content_of(campaign.template)
    found += _of_coupons(campaign, audience)
    if not content.has_body:
        found.append(
            _(
                "Its template has no body: whoever gets it reads only the link to unsubscribe and "
                "the postal address."
            )
        )
    if not campaign.segments:
        found.append(_("No segment is named: it goes to every subscriber of the stores."))
    for store in stores_without_sender(campaign.stores):
        if store.code not in audience.by_store:
            text = _(
                "The store “%(name)s” has no sender with an address and a postal address. At "
                "present nobody gets it from there; as soon as somebody does, it is not sent."
            )
            found.append(text % {"name": store.name})
    if campaign.experiment and running_experiment(campaign.experiment) is None:
        text = _("Its experiment “%(code)s” is not running: as long as it is not, nothing is sent.")
        found.append(text % {"code": campaign.experiment})
    found += _too_few(campaign, audience)
    return found


def _of_coupons(campaign: Campaign, audience: Audience) -> Iterator[str]:
    """Yield why some coupons may be good for nothing, though the campaign can go out."""
    rule = campaign.coupon_rule
    if rule is None:
        return
    said = {"rule": rule.name}
    if rule.starts_on and rule.starts_on > timezone.localdate(audience.as_of):
        text = _("The price rule “%(rule)s” begins on %(day)s: before that its coupons do nothing.")
        yield text % {**said, "day": day_shown(rule.starts_on)}
    left = uses_left(rule, at=audience.as_of)
    if left is not None and left < audience.eligible:
        text = _(
            "The price rule “%(rule)s” can be used %(left)s times more, and there are "
            "%(recipients)s recipients: whoever comes later can’t use their coupon."
        )
        numbers = {"left": left, "recipients": audience.eligible}
        yield text % {**said, **{name: number_shown(one) for name, one in numbers.items()}}
    if rule.segments and not _are_among(campaign, rule.segments):
        text = _("The price rule “%(rule)s” is for certain segments: others can’t use its coupons.")
        yield text % said
    if rule.customer_groups:
        text = _("The price rule “%(rule)s” is for certain groups: others can’t use its coupons.")
        yield text % said
    stores = Store.objects.filter(code__in=audience.by_store).select_related("website")
    if rule.websites and any(one.website.code not in rule.websites for one in stores):
        text = _("The price rule “%(rule)s” does not hold on the website of each of its stores.")
        yield text % said


def _are_among(campaign: Campaign, asked: dict[str, Any]) -> bool:
    """Return whether all recipients surely are members of the segments that a rule asks for."""
    chosen, wanted = set(campaign.segments), set(asked["segments"])
    if asked["operator"] not in ("is", "is_one_of") or not chosen:
        return False
    return bool(chosen & wanted) if campaign.match == Match.ALL else chosen <= wanted


def _too_few(campaign: Campaign, audience: Audience) -> Iterator[str]:
    """Yield that its experiment would not reach the size that it is planned with."""
    experiment = experiment_called(campaign.experiment)
    if experiment is None or not experiment.planned_size or audience.taking_part is None:
        return
    fewest = fewest_of(experiment, audience.taking_part)
    if fewest < experiment.planned_size:
        yield _(
            "Its experiment is planned with %(planned)s customers for each variant and would not "
            "reach that: of the %(recipients)s recipients about %(about)s could take part now, and "
            "about %(fewest)s would get the smallest variant."
        ) % {
            "planned": number_shown(experiment.planned_size),
            "recipients": number_shown(audience.eligible),
            "about": number_shown(audience.taking_part),
            "fewest": number_shown(fewest),
        }
