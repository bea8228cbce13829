"""What whoever sends a campaign may have overlooked, before anybody sends it."""

from django.utils.translation import gettext as _

from campaigns.audience import Audience
from campaigns.experiments import running_experiment
from campaigns.models import Campaign
from campaigns.senders import stores_without_sender
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
    return found
