"""Reasons why a customer gets no mail, and why a message did not arrive."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why a customer gets no mail, in the order of the checks."""

    INACTIVE = "inactive", _("not active")
    NO_EMAIL = "no_email", _("no address that can be written to")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    NOT_SUBSCRIBED = "not_subscribed", _("not subscribed")
    OTHER_WEBSITE = "other_website", _("subscribed on another website only")
    REFUSED_MARKETING = "refused_marketing", _("refuses marketing")
    SUPPRESSED = "suppressed", _("address is blocked")
    HOLDOUT = "holdout", _("in the control group")
    FREQUENCY_CAP = "frequency_cap", _("got enough mail this week")
    SAME_ADDRESS = "same_address", _("the same address as another recipient")


class MessageReason(models.TextChoices):
    """Why a message was skipped, failed, or waits for another attempt."""

    INACTIVE = Reason.INACTIVE.value, Reason.INACTIVE.label
    NO_EMAIL = Reason.NO_EMAIL.value, Reason.NO_EMAIL.label
    UNSUBSCRIBED = Reason.UNSUBSCRIBED.value, Reason.UNSUBSCRIBED.label
    NOT_SUBSCRIBED = Reason.NOT_SUBSCRIBED.value, Reason.NOT_SUBSCRIBED.label
    REFUSED_MARKETING = Reason.REFUSED_MARKETING.value, Reason.REFUSED_MARKETING.label
    SUPPRESSED = Reason.SUPPRESSED.value, Reason.SUPPRESSED.label
    HOLDOUT = Reason.HOLDOUT.value, Reason.HOLDOUT.label
    FREQUENCY_CAP = Reason.FREQUENCY_CAP.value, Reason.FREQUENCY_CAP.label
    SAME_ADDRESS = Reason.SAME_ADDRESS.value, Reason.SAME_ADDRESS.label
    CANCELLED = "cancelled", _("the campaign was cancelled")
    ERASED = "erased", _("the customer was erased")
    MERGED = "merged", _("the customer had one already")
    LEFT = "left", _("the customer left the segment")
    RE_ENTERED = "re_entered", _("the customer came back to the segment")
    ORDERED = "ordered", _("the customer has ordered")
    STEP_INACTIVE = "step_inactive", _("the step was taken out")
    SEGMENT_INACTIVE = "segment_inactive", _("the segment is not active")
    TOO_LATE = "too_late", _("it was too late")
    MAX_SENDS = "max_sends", _("the customer got enough mails of the sequence")
    EMPTY = "empty", _("a value that the mail shows is empty")
    COUPON_OTHER_WEBSITE = "coupon_other_website", _("the coupon is for other websites")
    COUPON_OTHER_GROUP = "coupon_other_group", _("the coupon is for other customer groups")
    COUPON_NOT_STARTED = "coupon_not_started", _("the coupon’s price rule starts later")
    COUPON_ENDED = "coupon_ended", _("the coupon’s price rule has ended")
    COUPON_USED_UP = "coupon_used_up", _("the customer has used the coupon’s price rule up")
    TEMPLATE = "template", _("the template could not be filled in")
    UNREACHABLE = "unreachable", _("the mail server could not be reached")
    LOST = "lost", _("the sending process was stopped in between")
    NO_REPLY = "no_reply", _("the mail server did not answer at the end")
    REJECTED = "rejected", _("the mail server refused the address")
    REFUSED = "refused", _("the mail server refused the sender or the content")
    ADDRESS = "address", _("the address cannot be written to")
    LOGIN = "login", _("the mail server refused the log-in")
