"""The test share of a campaign: its fields in the form, its clock and decision on the page."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, CampaignState, OptimizeFor
from campaigns.winners.deciding import TOO_FEW, decision_time
from core.forms.numbers import TypedIntegerField
from core.text.formats import UNKNOWN, moment_shown, number_shown, share_shown

WHOLE = 10_000
FIELDS = ("test_share", "decide_after_hours", "optimize_for")
SHARES = (1000, 1500, 2000, 2500, 3000, 4000, 5000)
# The number of decimals of p-values.
DECIMALS = 4


@dataclass(frozen=True)
class WinnerPanel:
    """The test on the page for sending: sentences, and code, sent and rate by variant."""

    share: str
    state: str
    notes: list[str]
    rates: list[tuple[str, str, str]]


class TestShareFields(forms.Form):
    """The fields of a test; mixed into the form of a campaign."""

    test_share = forms.ChoiceField(
        label=gettext_lazy("Test share"),
        required=False,
        help_text=gettext_lazy(
            "So many of the recipients get the variants of the experiment first. The variant that "
            "does best goes to all others."
        ),
    )
    decide_after_hours = TypedIntegerField(
        label=gettext_lazy("Hours until the decision"),
        required=False,
        help_text=gettext_lazy("From the last mail of the test on; 1 to 72."),
    )
    optimize_for = forms.ChoiceField(
        label=gettext_lazy("Winner by"),
        required=False,
        choices=[("", "–"), *OptimizeFor.choices],
        help_text=gettext_lazy(
            "Mail programs open mails by themselves, so that clicks say more than opens."
        ),
    )

    def clean_test_share(self) -> int | None:
        share: str = self.cleaned_data["test_share"]
        return int(share) if share else None

    def clean_optimize_for(self) -> str | None:
        return self.cleaned_data["optimize_for"] or None

    def offer_shares(self, stored: int | None) -> None:
        """Offer the usual shares, and the stored one."""
        shares = sorted({*SHARES, stored} - {None})  # type: ignore[type-var]
        choices = [(str(one), share_shown((one or 0) / WHOLE)) for one in shares]
        field: Any = self.fields["test_share"]
        field.choices = [("", _("everybody gets a variant at once")), *choices]


def winner_panel(campaign: Campaign) -> WinnerPanel | None:
    """Return the panel of a campaign's test; None without a test."""
    if not campaign.test_share:
        return None
    share = share_shown(campaign.test_share / WHOLE)
    if campaign.decision is None:
        return WinnerPanel(share, _waiting_shown(campaign), [], [])
    decision = campaign.decision
    state = _("“%(variant)s” goes to all who were not in the test.")
    rates = [
        (code, number_shown(decision["sent"][code]), _rate_shown(rate))
        for code, rate in decision["rates"].items()
    ]
    return WinnerPanel(
        share, state % {"variant": decision["winner"]}, [_certainty_shown(decision)], rates
    )


def _waiting_shown(campaign: Campaign) -> str:
    if campaign.state == CampaignState.CANCELLED:
        return _("It was cancelled before the decision.")
    due = decision_time(campaign)
    if due is None:
        return _("The test is being sent; the clock to the decision starts after its last mail.")
    text = _("The test has been sent. The decision is made at %(time)s.")
    return text % {"time": moment_shown(due)}


def _certainty_shown(decision: dict[str, Any]) -> str:
    if decision["reason"] == TOO_FEW:
        return _("A variant was sent fewer than 100 times: the control was chosen.")
    p = number_shown(round(decision["p_value"], DECIMALS), DECIMALS)
    if decision["significant"]:
        return _("The difference to the runner-up is more than chance (p %(p)s).") % {"p": p}
    text = _("The difference to the runner-up may be chance (p %(p)s); the mail goes out anyway.")
    return text % {"p": p}


def _rate_shown(rate: float | None) -> str:
    return UNKNOWN if rate is None else share_shown(rate, decimals=2)
