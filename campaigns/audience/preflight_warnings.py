"""Warnings about a campaign before it is sent."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.audience.coupons import empty_coupon_names
from campaigns.audience.judging import Audience
from campaigns.audience.senders import stores_without_sender
from campaigns.content.contents import content_of, contents_of, shows_code
from campaigns.content.experiments import experiment_called, fewest_of, running_experiment
from campaigns.models import Campaign, Match
from campaigns.templates.content import Content
from campaigns.words import reason_text
from core.text.formats import first_named, in_quotes, number_shown
from price_rules.coupons.uses import uses_left
from price_rules.models import CartPriceRule
from price_rules.trees import asks_of_customer
from segments.models import Segment
from segments.rules.in_conditions.questions import is_answered_no


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
    found += _of_coupons(campaign, audience, content)
    if audience.nameless.number:
        text = _(
            "%(number)s of %(recipients)s recipients will get no mail, as it shows %(names)s, "
            "which is empty for them: give it a default in the template."
        )
        found.append(
            text
            % {
                "number": number_shown(audience.nameless.number),
                "recipients": number_shown(audience.eligible),
                "names": ", ".join(in_quotes(name) for name in audience.nameless.names),
            }
        )
    if not content.has_body:
        found.append(
            _(
                "Its template has no body: recipients see only the link to unsubscribe and the "
                "postal address."
            )
        )
    if not campaign.segments:
        found.append(_("No segment is named: it goes to every subscriber of the stores."))
    lacking = stores_without_sender(campaign.stores)
    idle = [store.name for store in lacking if store.code not in audience.by_store]
    if idle:
        quoted = [in_quotes(name) for name in idle]
        text = ngettext(
            "The store %(names)s has no sender with an address and a postal address. At present "
            "nobody gets it from there; as soon as somebody does, it is not sent.",
            "%(count)s stores have no sender with an address and a postal address: %(names)s. At "
            "present nobody gets it from there; as soon as somebody does, it is not sent.",
            len(idle),
        )
        found.append(text % {"count": number_shown(len(idle)), "names": first_named(quoted)})
    if waiting := idle_experiment(campaign):
        found.append(waiting)
    found += _too_few(campaign, audience)
    return found


def senderless(audience: Audience) -> Iterator[str]:
    """Yield a warning if a store of `audience` has no sender, which prevents sending."""
    for store in stores_without_sender(audience.by_store):
        yield _(
            "The store “%(name)s” has no sender with an address and a postal address: without one "
            "it is not sent."
        ) % {"name": store.name}


def idle_experiment(campaign: Campaign) -> str:
    """Return the warning that `campaign` waits for its experiment; "" if that is running."""
    if not campaign.experiment or running_experiment(campaign.experiment) is not None:
        return ""
    experiment, said = experiment_called(campaign.experiment), {"code": campaign.experiment}
    if experiment is not None and experiment.started_at is None:
        text = _(
            "Its experiment “%(code)s” is not running yet, and before that nothing is sent: start "
            "it, or choose another or none in the campaign."
        )
        return text % said
    text = _(
        "Its experiment “%(code)s” is not running any more, so that nothing is sent: choose "
        "another or none in the campaign."
    )
    return text % said


def hole_in_coupon(name: str, rule: CartPriceRule) -> str:
    """Return the warning that a template shows `name`, which no coupon of `rule` has."""
    return _(
        "Nobody will get the mail: the template shows “%(name)s”, which is empty for every coupon "
        "of the price rule “%(rule)s”. Fill it in at the price rule, or give the name a default."
    ) % {"name": name, "rule": rule.name}


def unseen_code(rule: CartPriceRule) -> str:
    """Return the warning that a template shows no code, though it comes with one of `rule`."""
    return _(
        "The template shows no code of the price rule “%(rule)s”: recipients don’t see their "
        "coupon, and customers who can’t use one get no mail. Show {{ coupon.code }}, or choose "
        "no price rule."
    ) % {"rule": rule.name}


def _of_coupons(campaign: Campaign, audience: Audience, content: Content) -> Iterator[str]:
    """Yield warnings about coupons that recipients may be unable to use, though the campaign can go
    out.
    """
    rule = campaign.coupon_rule
    if rule is None:
        return
    said = {"rule": rule.name}
    for reason, number in audience.without_use.items():
        text = _(
            "%(number)s of %(recipients)s recipients will get no mail, as they can’t use a coupon "
            "of the price rule “%(rule)s”: %(reason)s."
        )
        yield text % {
            **said,
            "number": number_shown(number),
            "recipients": number_shown(audience.eligible),
            "reason": reason_text(reason),
        }
    left = uses_left(rule, at=audience.as_of)
    if left is not None and left < audience.eligible:
        text = _(
            "The price rule “%(rule)s” can be used %(left)s more times, and there are "
            "%(recipients)s recipients: customers who order later can’t use their coupon."
        )
        numbers = {"left": left, "recipients": audience.eligible}
        yield text % {**said, **{name: number_shown(one) for name, one in numbers.items()}}
    if rule.segments and is_answered_no(rule.segments):
        text = _(
            "The price rule “%(rule)s” asks for members of segments that are not active: nobody "
            "can use its coupons."
        )
        yield text % said
    elif rule.segments and not _are_among(campaign, rule.segments):
        text = _("The price rule “%(rule)s” is for certain segments: others can’t use its coupons.")
        yield text % said
    if asks_of_customer(rule.conditions):
        text = _(
            "The price rule “%(rule)s” has conditions: recipients who don’t fit them can’t use its "
            "coupons."
        )
        yield text % said
    for name in empty_coupon_names(contents_of(campaign), rule):
        yield hole_in_coupon(name, rule)
    # Variants of an experiment may show the code.
    if not campaign.experiment and not shows_code(content):
        yield unseen_code(rule)


def _are_among(campaign: Campaign, asked: dict[str, Any]) -> bool:
    """Return whether all recipients surely are members of the segments that a rule asks for."""
    chosen, wanted = set(campaign.segments), set(asked["segments"])
    if asked["operator"] not in ("is", "is_one_of") or not chosen:
        return False
    return bool(chosen & wanted) if campaign.match == Match.ALL else chosen <= wanted


def _too_few(campaign: Campaign, audience: Audience) -> Iterator[str]:
    """Yield a warning if the experiment would not reach its planned size."""
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
