"""The test share of a campaign's messages; the other messages wait for the decision."""

from datetime import datetime, timedelta

from django.db.models import F

from campaigns.content.experiments import running_experiment
from campaigns.models import Campaign, Message
from conditions.sql.buckets import Bucket

TEST = ":test"
# So many rows are named in one statement.
BLOCK = 1_000


def split_messages(campaign: Campaign, at: datetime) -> None:
    """Mark the messages of the test share, and have all others wait.

    The share is drawn by bucket(salt + ":test", customer's id). The others become due no earlier
    than `decide_after_hours` after `at` (aware), and are not claimed before the decision. Nothing
    is done without a test share.
    """
    experiment = running_experiment(campaign.experiment)
    if not campaign.test_share or campaign.decide_after_hours is None or experiment is None:
        return
    messages = Message.objects.filter(campaign=campaign)
    drawn = messages.annotate(
        place=Bucket(experiment.salt + TEST, F("customer__external_id"))
    ).filter(place__lt=campaign.test_share)
    keys = list(drawn.order_by("pk").values_list("pk", flat=True))
    messages.update(due_at=at + timedelta(hours=campaign.decide_after_hours))
    for start in range(0, len(keys), BLOCK):
        rows = Message.objects.filter(pk__in=keys[start : start + BLOCK])
        rows.update(in_test=True, due_at=at)
