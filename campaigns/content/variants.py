"""Variants of a campaign's mail: the mails that an experiment shows to different customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count

from campaigns.content.experiments import (
    SUBJECT,
    TEMPLATE,
    are_possible,
    experiments_of_mail,
    running_experiment,
)
from campaigns.models import (
    Campaign,
    CampaignVariant,
    MailTemplate,
    MailTemplateVersion,
    Message,
    MessageState,
)
from customers.models import Customer

if TYPE_CHECKING:
    from personalization.models import Experiment


def settle_variants(campaign: Campaign) -> bool:
    """Store the variants of the campaign's experiment, with each template's newest version.

    Return False and store nothing if the experiment has been stopped meanwhile.
    """
    if not campaign.experiment:
        return True
    experiment = running_experiment(campaign.experiment)
    if experiment is None:
        return False
    codes = {one[TEMPLATE] for one in experiment.variants if TEMPLATE in one}
    # With the lock, nobody deletes a template or saves another version meanwhile.
    rows = MailTemplate.objects.select_for_update(no_key=True).filter(code__in=codes)
    versions = {one.code: _newest(one) for one in rows.order_by("code")}
    if versions.keys() != codes:
        return False
    CampaignVariant.objects.bulk_create(
        CampaignVariant(
            campaign=campaign,
            code=one["code"],
            template_version=versions.get(one.get(TEMPLATE)),
            subject=one.get(SUBJECT, ""),
        )
        for one in experiment.variants
    )
    return True


def variant_of(message: Message, customer: Customer, at: datetime) -> str:
    """Return the code of the variant that `customer` gets at `at` (aware); '' for none.

    Customers outside the experiment get the campaign's own mail, as does everybody after the
    experiment has stopped. Outside of a test share everybody gets the winner, which is no
    assignment.
    """
    campaign = message.campaign
    if campaign is None or not campaign.experiment or not are_possible():
        return ""
    if campaign.test_share is not None and not message.in_test:
        return str((campaign.decision or {}).get("winner", ""))
    from personalization.experiments.assignment.taking_part import variant_for

    return variant_for(customer, campaign.experiment, at) or ""


def variant_of_message(message: Message) -> CampaignVariant | None:
    """Return the variant of `message`; None if the message is the campaign's own mail."""
    if not message.variant:
        return None
    rows = CampaignVariant.objects.select_related("template_version")
    return rows.filter(campaign=message.campaign_id, code=message.variant).first()


def note_sent_variant(message: Message) -> None:
    """Store that the customer of a message was sent its variant, when it was sent.

    Store nothing for a message without a customer.
    """
    campaign, customer, at = message.campaign, message.customer, message.sent_at
    if campaign is None or customer is None or at is None or not are_possible():
        return
    if campaign.test_share is not None and not message.in_test:
        # The winner was not drawn: counted as a variant it would break the split.
        return
    from personalization.experiments.assignment.taking_part import note_assigned

    note_assigned(customer, campaign.experiment, message.variant, at)


def sent_by_variant(campaign: Campaign) -> list[tuple[str, int]]:
    """Return the number of sent mails by variant, in order; '' is outside of the experiment."""
    rows = Message.objects.filter(campaign=campaign, state=MessageState.SENT).order_by()
    found = dict(rows.values_list("variant").annotate(Count("pk")))
    codes = campaign.variants.order_by("pk").values_list("code", flat=True)
    return [(code, found.get(code, 0)) for code in (*codes, "")]


def users_of_template(template: MailTemplate) -> Sequence[str]:
    """Return the names of the experiments and campaigns that have `template` in a variant.

    These are experiments that have not stopped, and campaigns whose variants are frozen.
    """
    trying = [one.name for one in experiments_with(template)]
    settled_by = Campaign.objects.filter(variants__template_version__template=template)
    return [*trying, *settled_by.order_by("pk").values_list("name", flat=True).distinct()]


def experiments_with(template: MailTemplate) -> "list[Experiment]":
    """Return the experiments that have not stopped and have `template` in a variant."""
    return [
        one
        for one in experiments_of_mail()
        if any(variant.get(TEMPLATE) == template.code for variant in one.variants)
    ]


def _newest(template: MailTemplate) -> MailTemplateVersion:
    found: MailTemplateVersion = template.versions.get(number=template.version)
    return found
