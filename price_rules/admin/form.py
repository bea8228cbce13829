"""The form of a rule: its fields, and their conversion to the rule's document."""

import json
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.parsing.findings import path_to
from core.forms.documents import CodesField, DocumentField
from core.forms.numbers import TypedIntegerField, UnitInput
from core.problems import Problem
from core.resources.admin import ResourceForm, columns_in
from core.text.formats import currency_symbol
from customers.models import CustomerGroup, Website
from price_rules.coupons.batches import MOST
from price_rules.models import Action, CartPriceRule
from price_rules.resource import PRICE_RULES
from price_rules.trees import LINES
from segments.admin.builder.field import BuilderWidget, page_data
from segments.admin.choices import SearchedChoices, problem_of_several
from segments.models import AppliesTo, Segment, empty_tree
from segments.rules.in_conditions.questions import OPERATORS

OPERATOR_WORDS = (
    ("", gettext_lazy("everybody")),
    ("is", gettext_lazy("members of the segment")),
    ("is_not", gettext_lazy("customers outside the segment")),
    ("is_one_of", gettext_lazy("members of any of the segments")),
    ("is_not_one_of", gettext_lazy("customers outside all the segments")),
)
assert {name for name, _words in OPERATOR_WORDS} == {"", *OPERATORS}
TREES = ("conditions", "items")
LABEL = "label_"
PERCENT = "%"
NEW_CODES = "new_codes"
ABOUT = ["name", "code", "description"]
# Folded away while a rule leaves them empty.
MORE = ["description", "websites", "customer_groups", "priority", "stop_further_rules"]
LAYOUT = (
    (None, ["name"]),
    (
        gettext_lazy("What it gives"),
        ["action", "value", "max_quantity", "buy", "get", "max_discount", "free_shipping"],
    ),
    (gettext_lazy("Who gets it"), ["segment_operator", "segment_codes", "min_subtotal"]),
    (
        gettext_lazy("Coupon"),
        ["coupon", "coupon_code", NEW_CODES, "uses_total", "uses_per_customer"],
    ),
    (gettext_lazy("When"), ["is_active", "starts_on", "ends_on"]),
    (gettext_lazy("Only for certain products"), ["items"]),
    (gettext_lazy("Only under certain conditions"), ["conditions"]),
    (gettext_lazy("More"), [*MORE, "code"]),
)


class RuleForm(ResourceForm):
    """The form of a rule; its trees are JSON fields, which the condition builder edits."""

    resource = PRICE_RULES

    websites = CodesField(
        label=gettext_lazy("Websites"),
        required=False,
        widget=SearchedChoices,
        help_text=gettext_lazy("None chosen: carts of all websites."),
    )
    customer_groups = CodesField(
        label=gettext_lazy("Customer groups"),
        required=False,
        widget=SearchedChoices,
        help_text=gettext_lazy("None chosen: customers of all groups, and who is not logged in."),
    )
    segment_operator = forms.ChoiceField(
        label=gettext_lazy("For"), required=False, choices=OPERATOR_WORDS
    )
    segment_codes = CodesField(
        label=gettext_lazy("Segments"),
        required=False,
        widget=SearchedChoices,
        help_text=gettext_lazy("Who is not logged in is in no segment, and not outside of one."),
    )
    conditions = DocumentField(
        empty=empty_tree,
        label=gettext_lazy("Conditions"),
        widget=BuilderWidget,
        help_text=gettext_lazy("The rule tree, as JSON."),
    )
    items = DocumentField(
        empty=empty_tree,
        label=gettext_lazy("Lines"),
        help_text=gettext_lazy("The conditions on a line of the cart, as JSON."),
    )
    max_quantity = CartPriceRule._meta.get_field("max_quantity_exact").formfield(
        required=True, min_value=0, help_text=gettext_lazy("Of each line; 0: all.")
    )
    new_codes = TypedIntegerField(
        label=gettext_lazy("Codes to make now"),
        required=False,
        min_value=0,
        max_value=MOST,
        initial=100,
        help_text=gettext_lazy("Each code works once. 0: none; the page “Coupons” makes more."),
    )

    class Meta:
        model = CartPriceRule
        fields = columns_in(LAYOUT, CartPriceRule)
        labels = {"min_subtotal": gettext_lazy("Minimum subtotal")}
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "min_subtotal": gettext_lazy("Before any discount."),
            "max_discount": gettext_lazy("Of this rule, over all lines."),
            "priority": gettext_lazy("Lower ones are applied first, then by code."),
            "stop_further_rules": gettext_lazy("When it has given something, it is the last one."),
            "starts_on": gettext_lazy("By the calendar of the cart’s website."),
            "ends_on": gettext_lazy("This day is included."),
            "coupon_code": gettext_lazy("Upper and lower case are alike."),
            "uses_total": gettext_lazy("Over all codes of the rule; 0: no limit."),
            "uses_per_customer": gettext_lazy("Of customers who are known; 0: no limit."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].help_text = _(
                "The name by which other systems know the rule; it never changes. Left empty, it "
                "is made from the name."
            )
        self.offered: dict[str, dict[str, str]] = {}
        self.problems: dict[str, list[Problem]] = {name: [] for name in TREES}
        rule: CartPriceRule = self.instance
        asked = rule.segments or {"operator": "", "segments": []}
        known = Segment.objects.filter(is_active=True).values_list("code", "name", "members_count")
        active = [(code, name) for code, name, _members in known]
        self._offer("websites", Website.objects.values_list("code", "name"), rule.websites)
        groups = CustomerGroup.objects.values_list("code", "name")
        self._offer("customer_groups", groups, rule.customer_groups)
        self._offer("segment_codes", active, asked["segments"])
        if NEW_CODES in self.fields:
            # The script adds up the members of the chosen segments.
            self.fields[NEW_CODES].widget.attrs |= {
                "data-members": json.dumps({code: members for code, _name, members in known}),
                "data-one-segment": _("The chosen segment has {number} members."),
                "data-several": _("The chosen segments have up to {number} members together."),
            }
        self.initial["segment_operator"] = asked["operator"]
        if rule.pk is None:
            # A discount costs money: a new rule is turned on deliberately, or by the link of a mail
            # that needs its codes.
            self.initial |= {"is_active": False, "action": Action.PERCENT}
            self.initial |= kwargs.get("initial") or {}
        else:
            del self.fields[NEW_CODES]
        for code, name in settings.LANGUAGES:
            label = _("Label for shoppers (%(language)s)") % {"language": name}
            self.fields[f"{LABEL}{code}"] = forms.CharField(
                label=label, required=False, max_length=255
            )
            self.initial[f"{LABEL}{code}"] = rule.label.get(code, "")
        self._show_units()
        self.initial["max_quantity"] = rule.most_pieces
        for name in TREES:
            self.initial[name] = getattr(rule, name)
        self._show_builders()

    def _show_units(self) -> None:
        money = currency_symbol()
        units = {one.value: money for one in Action} | {Action.PERCENT.value: PERCENT}
        chosen = self.initial.get("action", "")
        for name, unit, by_action in (
            ("value", units.get(chosen, PERCENT), units),
            ("min_subtotal", money, None),
            ("max_discount", money, None),
        ):
            if name in self.fields:
                attrs = self.fields[name].widget.attrs
                self.fields[name].widget = UnitInput(unit, attrs, by_action)

    def _offer(self, field: str, choices: Any, stored: list[str]) -> None:
        if field in self.fields:  # A read-only form has no fields.
            self.offered[field] = cast(CodesField, self.fields[field]).offer(choices, stored)
            self.initial[field] = stored

    def _show_builders(self) -> None:
        if "conditions" not in self.fields:
            return
        lines = BuilderWidget(is_first=False)
        self.fields["items"].widget = lines
        cast(BuilderWidget, self.fields["conditions"].widget).page = self._page_of_conditions
        lines.page = self._page_of_lines

    def _page_of_conditions(self) -> dict[str, Any]:
        page = page_data(None, saved=None, theirs=None, problems=self.problems["conditions"])
        # The form already identifies websites and groups by code.
        codes = {
            name: {code: code for code in self.offered[name]}
            for name in ("websites", "customer_groups")
        }
        caveat = _(
            "Counts registered customers and guests of the chosen websites and groups. The rule’s "
            "segments, coupon, days and minimum subtotal are not counted: fewer may use the rule."
        )
        strings = {
            "preview": _("Who meets these conditions"),
            "everyone": _("Every customer of the chosen websites and groups meets them."),
        }
        page["strings"] |= strings
        more = {"codes": codes, "caveat": caveat, "appliesTo": AppliesTo.BOTH.value}
        return page | more | _without_starters(page)

    def _page_of_lines(self) -> dict[str, Any]:
        page = page_data(None, saved=None, theirs=None, problems=self.problems["items"])
        urls = page["urls"] | {"preview": None, "read": None}
        return page | {"relation": LINES, "urls": urls} | _without_starters(page)

    def document(self) -> dict[str, Any]:
        data, document = self.cleaned_data, super().document()
        document["label"] = {
            code: text for code, _name in settings.LANGUAGES if (text := data.get(LABEL + code))
        }
        operator = data.get("segment_operator")
        codes = data.get("segment_codes", [])
        document["segments"] = {"operator": operator, "segments": codes} if operator else None
        return document

    def document_field_of(self, name: str) -> str:
        if name.startswith(LABEL):
            return "label"
        return "segments" if name.startswith("segment_") else name

    def field_of(self, problem: Problem) -> str:
        name = super().field_of(problem)
        if name == "segments":
            is_operator = path_to(name, "operator") == problem.path
            return "segment_operator" if is_operator else "segment_codes"
        return problem.path.replace("label.", LABEL) if name == "label" else name

    def report(self, problem: Problem) -> None:
        name, _point, path = problem.path.partition(".")
        if name in TREES:
            self.problems[name].append(Problem(path, problem.code, problem.message))
        super().report(problem)

    def clean_segment_codes(self) -> list[str]:
        """Refuse several segments with an operator for a single segment."""
        codes: list[str] = self.cleaned_data["segment_codes"]
        chosen = self.cleaned_data.get("segment_operator", "")
        if problem := problem_of_several(chosen, codes, dict(OPERATOR_WORDS)):
            self.add_error("segment_operator", problem)
        return codes


def _without_starters(page: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of a builder's page that differ if it offers no examples."""
    empty = _("No condition yet. Add the first one below.")
    return {"starters": [], "strings": page["strings"] | {"empty": empty}}
