"""The form of a campaign."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.campaigns.about import experiments_offered
from campaigns.admin.campaigns.winner import FIELDS as TEST_FIELDS
from campaigns.admin.campaigns.winner import TestShareFields
from campaigns.admin.templates.page import CARRIED, FOR_CAMPAIGN
from campaigns.content.experiments import are_possible
from campaigns.editing.campaigns import CAMPAIGNS
from campaigns.models import Campaign, MailTemplate
from core.forms.documents import CodesField
from core.resources.admin import ResourceForm
from core.text.formats import day_shown
from customers.models import Store
from price_rules.models import CartPriceRule, CouponKind
from segments.admin.choices import SearchedChoices
from segments.models import Segment

# Characters of a proposed name before its day.
LONGEST_NAME = 100
# The fields that are folded until something fills them in; a link may.
LEFT_OUT = ("exclude_segments", "stores")


class CampaignForm(TestShareFields, ResourceForm):
    """All of a campaign."""

    resource = CAMPAIGNS

    template = forms.ModelChoiceField(
        MailTemplate.objects.all(), label=gettext_lazy("Template"), to_field_name="code"
    )
    segments = CodesField(
        label=gettext_lazy("Segments"),
        required=False,
        widget=SearchedChoices,
        help_text=gettext_lazy("None: everybody who is subscribed in one of the stores."),
    )
    exclude_segments = CodesField(
        label=gettext_lazy("But not members of"), required=False, widget=SearchedChoices
    )
    stores = CodesField(
        label=gettext_lazy("Stores"),
        widget=SearchedChoices,
        help_text=gettext_lazy("Their subscribers get it, from the store that they chose."),
    )
    coupon_rule = forms.ModelChoiceField(
        CartPriceRule.objects.filter(coupon=CouponKind.GENERATED),
        label=gettext_lazy("Coupons of the price rule"),
        to_field_name="code",
        required=False,
        help_text=gettext_lazy("Each recipient gets a code of their own: {{ coupon.code }}."),
    )
    experiment = forms.ChoiceField(
        label=gettext_lazy("Experiment"),
        required=False,
        help_text=gettext_lazy(
            "It tries other subjects or templates: who takes part gets the variant that is theirs, "
            "all others the mail of this campaign. It has to be running when the campaign is sent."
        ),
    )

    class Meta:
        model = Campaign
        fields = ("code", "name", "match", "send_at", "send_time", "respects_holdout")
        widgets = {"match": forms.RadioSelect, "send_time": forms.RadioSelect}
        labels = {"match": gettext_lazy("Of several segments")}
        help_texts = {
            "code": gettext_lazy(
                "The name by which other systems know it; empty: made of the name."
            ),
            "send_at": gettext_lazy("Empty: when somebody presses “Send”."),
        }

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        campaign = self.instance
        if "name" not in self.fields:
            # Without permission to change it, the form has no fields.
            return
        segments = Segment.objects.order_by("name_folded", "pk").values_list("code", "name")
        stores = Store.objects.values_list("code", "name")
        for name, known in (
            ("segments", segments),
            ("exclude_segments", segments),
            ("stores", stores),
        ):
            stored = getattr(campaign, name)
            # A link may preset it for a new campaign.
            linked = [] if campaign.pk else str(self.initial.get(name, "")).split(",")
            self.initial[name] = [code for code, _name in known if code in linked] or stored
            cast(CodesField, self.fields[name]).offer(known, stored)
        experiments: Any = self.fields["experiment"]
        experiments.choices = [("", _("none")), *experiments_offered(campaign.experiment)]
        self.offer_shares(campaign.test_share)
        for name in ("experiment", *TEST_FIELDS):
            if campaign.pk or not self.initial.get(name):
                self.initial[name] = getattr(campaign, name)
        if campaign.pk:
            self.initial["template"] = campaign.template
            self.initial["coupon_rule"] = campaign.coupon_rule
        else:
            self._begin([code for code, _name in stores])
        if not are_possible():
            for name in ("respects_holdout", "send_time", "experiment", *TEST_FIELDS):
                del self.fields[name]

    def _begin(self, stores: list[str]) -> None:
        """Propose a name and the `stores` of a new campaign."""
        self.initial["stores"] = self.initial["stores"] or stores
        codes = self.initial["segments"]
        if codes and not self.initial.get("name"):
            self.initial["name"] = proposed_name(codes)
        self.fields["name"].required = False
        self.fields["name"].help_text = _("Empty: made of the segment and the day.")

    def clean(self) -> dict[str, Any]:
        if self.stored is None and "name" in self.cleaned_data:
            segments = self.cleaned_data.get("segments", [])
            self.cleaned_data["name"] = self.cleaned_data["name"] or proposed_name(segments)
        return super().clean()

    def carried(self) -> dict[str, str]:
        """Return the parameters of a link to a new mail that bring back what is chosen here."""
        # Without any segments, the link still says that a campaign waits for the mail.
        names = CARRIED if self.is_bound else ("segments",)
        data = cast(QueryDict, self.data)
        found = {
            name: ",".join(data.getlist(name) if self.is_bound else self.initial[name])
            for name in names
        }
        return {
            f"{FOR_CAMPAIGN}{name}": value
            for name, value in found.items()
            if value or name == "segments"
        }


def proposed_name(segments: list[str]) -> str:
    """Return the name of a campaign of today to the members of `segments`, given by code."""
    rows = Segment.objects.filter(code__in=segments).order_by("name_folded")
    names = ", ".join(rows.values_list("name", flat=True)) or capfirst(_("everybody"))
    day = day_shown(timezone.localdate())
    return _("%(segment)s, %(day)s") % {"segment": Truncator(names).chars(LONGEST_NAME), "day": day}


def fieldsets_of(campaign: Campaign | None, *, is_narrowed: bool) -> list[tuple[Any, Any]]:
    """Return the parts of the form of `campaign`, None for a new one.

    With `is_narrowed` the fields that leave somebody out are unfolded.
    """
    is_known = are_possible()
    is_usual = campaign is None or not (campaign.respects_holdout or campaign.experiment)
    of_experiments = ["respects_holdout", "experiment", *TEST_FIELDS] if is_known else []
    return [
        (None, {"fields": ["name"]}),
        (gettext_lazy("Who gets it"), {"fields": ["segments", "match"]}),
        (gettext_lazy("Mail"), {"fields": ["template"]}),
        (gettext_lazy("When"), {"fields": ["send_at", "send_time"] if is_known else ["send_at"]}),
        (gettext_lazy("Coupon"), {"fields": ["coupon_rule"]}),
        (
            gettext_lazy("Stores, and who is left out"),
            {"fields": LEFT_OUT, "classes": [] if is_narrowed else ["collapse"]},
        ),
        (
            gettext_lazy("More"),
            {
                "fields": ["code", *of_experiments, "opened_version"],
                "classes": ["collapse"] if is_usual else [],
            },
        ),
    ]
