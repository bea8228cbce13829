"""The form of a rule; what it says is checked by the same code as on every other way in."""

import json
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.parsing.findings import path_to
from core.forms.numbers import TypedIntegerField
from core.problems import Invalid, Problem
from core.text.json_documents import read_document
from customers.models import CustomerGroup, Website
from price_rules.definition import AMOUNTS, Definition
from price_rules.editing.checking import InvalidRule, check
from price_rules.editing.saving import free_code
from price_rules.models import CartPriceRule
from price_rules.trees import LINES
from segments.admin.builder.field import BuilderWidget, page_data
from segments.admin.choices import SearchedChoices
from segments.membership import OPERATORS
from segments.models import AppliesTo, Segment, empty_tree

OPERATOR_WORDS = (
    ("", gettext_lazy("whoever shops")),
    ("is", gettext_lazy("who is in the segment")),
    ("is_not", gettext_lazy("who is not in the segment")),
    ("is_one_of", gettext_lazy("who is in one of the segments")),
    ("is_not_one_of", gettext_lazy("who is in none of the segments")),
)
assert {name for name, _words in OPERATOR_WORDS} == {"", *OPERATORS}
# What to say instead of the words for one segment where there are several.
OF_ONE = {
    "is": gettext_lazy("who is in one of the segments"),
    "is_not": gettext_lazy("who is in none of the segments"),
}
TREES = ("conditions", "items")
LABEL = "label_"
# Fields of the definition as the form has them.
SAME = (
    *("name", "description", "is_active", "websites", "customer_groups", "starts_on", "ends_on"),
    *("priority", "stop_further_rules", "coupon", "coupon_code", "uses_total"),
    *("uses_per_customer", "action", "value", "max_quantity", "buy", "get", "min_subtotal"),
    *("max_discount", "free_shipping"),
)


class CodesField(forms.MultipleChoiceField):
    """Codes to tick, those that are gone among them where they were there before."""

    widget = SearchedChoices


class RuleForm(forms.ModelForm[CartPriceRule]):
    """All of a rule, with its trees as JSON, which the builder edits."""

    websites = CodesField(
        label=gettext_lazy("Websites"),
        required=False,
        help_text=gettext_lazy("None chosen: carts of all websites."),
    )
    customer_groups = CodesField(
        label=gettext_lazy("Customer groups"),
        required=False,
        help_text=gettext_lazy("None chosen: customers of all groups, and who is not logged in."),
    )
    segment_operator = forms.ChoiceField(
        label=gettext_lazy("For"), required=False, choices=OPERATOR_WORDS
    )
    segment_codes = CodesField(
        label=gettext_lazy("Segments"),
        required=False,
        help_text=gettext_lazy("Who is not logged in is in no segment, and not outside of one."),
    )
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"),
        required=False,
        strip=False,
        widget=BuilderWidget,
        help_text=gettext_lazy("The rule tree, as JSON."),
    )
    items = forms.CharField(
        label=gettext_lazy("Lines"),
        required=False,
        strip=False,
        help_text=gettext_lazy("The conditions on a line of the cart, as JSON."),
    )
    max_quantity = CartPriceRule._meta.get_field("max_quantity_exact").formfield(
        required=True, min_value=0, help_text=gettext_lazy("Of each line; 0: all.")
    )
    opened_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = CartPriceRule
        fields = (
            *("name", "code", "description", "is_active", "starts_on", "ends_on", "priority"),
            *("stop_further_rules", "coupon", "coupon_code", "uses_total", "uses_per_customer"),
            *("action", "value", "max_quantity", "buy", "get", "min_subtotal", "max_discount"),
            "free_shipping",
        )
        field_classes = dict.fromkeys(
            ("priority", "uses_total", "uses_per_customer", "buy", "get"), TypedIntegerField
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
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
            self.fields["code"].required = False
            self.fields["code"].help_text = _(
                "The name by which other systems know the rule; it never changes. Left empty, it "
                "is made from the name."
            )
        # Cleaning puts what was sent on the instance.
        self.stored = CartPriceRule.objects.get(pk=self.instance.pk) if self.instance.pk else None
        self.offered: dict[str, dict[str, str]] = {}
        self.problems: dict[str, list[Problem]] = {name: [] for name in TREES}
        rule = self.stored or CartPriceRule()
        self._offer("websites", Website.objects.values_list("code", "name"), rule.websites)
        groups = CustomerGroup.objects.values_list("code", "name")
        self._offer("customer_groups", groups, rule.customer_groups)
        asked = rule.segments or {"operator": "", "segments": []}
        active = Segment.objects.filter(is_active=True).values_list("code", "name")
        self._offer("segment_codes", active, asked["segments"])
        self.initial["segment_operator"] = asked["operator"]
        self.initial["opened_version"] = rule.version
        for code, name in settings.LANGUAGES:
            label = _("Label for shoppers (%(language)s)") % {"language": name}
            self.fields[f"{LABEL}{code}"] = forms.CharField(
                label=label, required=False, max_length=255
            )
            self.initial[f"{LABEL}{code}"] = rule.label.get(code, "")
        in_money = {
            "value": _("For a percentage: 10 is 10%%. Otherwise: an amount in %(currency)s."),
            "min_subtotal": _("In %(currency)s, before any discount."),
            "max_discount": _("In %(currency)s, of this rule, over all lines."),
        }
        for name in in_money.keys() & self.fields.keys():
            self.fields[name].help_text = in_money[name] % {"currency": settings.BASE_CURRENCY}
        for name in AMOUNTS:
            self.initial[name] = getattr(rule, name)
        self.initial["max_quantity"] = rule.most_pieces
        for name in TREES:
            if name in self.fields:
                tree = getattr(rule, name) or empty_tree()
                self.initial[name] = json.dumps(tree, ensure_ascii=False, indent=2)
        self._show_builders()

    def _offer(self, field: str, choices: Any, stored: list[str]) -> None:
        if field not in self.fields:  # Who only reads has no fields.
            return
        known = dict(choices)
        gone = _("%(code)s (gone or inactive)")
        more = {code: gone % {"code": code} for code in stored if code not in known}
        self.offered[field] = known | more
        cast(CodesField, self.fields[field]).choices = list(self.offered[field].items())
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
        # The form names websites and groups by their codes already.
        codes = {
            name: {code: code for code in self.offered[name]}
            for name in ("websites", "customer_groups")
        }
        caveat = _(
            "Counts registered customers and guests of the chosen websites and groups. The rule’s "
            "segments, coupon, days and least subtotal are not counted: fewer may use the rule."
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

    def definition(self) -> Definition:
        """Return what the form says; raises Invalid where a tree is no JSON."""
        data = self.cleaned_data
        operator = data.get("segment_operator")
        values: dict[str, Any] = {name: data[name] for name in SAME if name in data}
        values |= {name: tuple(values.get(name, ())) for name in ("websites", "customer_groups")}
        values["label"] = {
            code: text for code, _name in settings.LANGUAGES if (text := data.get(LABEL + code))
        }
        # Nothing is said by no condition.
        for name in TREES:
            tree = read_document(data.get(name) or "null")
            values[name] = None if tree == empty_tree() else tree
        if operator:
            values["segments"] = {"operator": operator, "segments": data.get("segment_codes", [])}
        return Definition(**values)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if self.stored is None and not data["code"]:
            data["code"] = free_code(data["name"])
        self._check_segments()
        rule = self.stored or CartPriceRule(code=data["code"])
        try:
            definition = self.definition()
            check(definition, rule)
        except InvalidRule as error:
            self._report(error)
        except Invalid as error:
            self.add_error("conditions", str(error))
        self._check_version()
        return data

    def _check_segments(self) -> None:
        """Refuse several segments where the chosen words speak of one."""
        one, several = "segment_operator", "segment_codes"
        if len(self.cleaned_data[several]) > 1 and (asked := OF_ONE.get(self.cleaned_data[one])):
            words = dict(OPERATOR_WORDS)
            text = _("“%(one)s” is about one segment: choose one below, or “%(several)s”.")
            self.add_error(one, text % {"one": words[self.cleaned_data[one]], "several": asked})

    def _report(self, error: InvalidRule) -> None:
        for problem in error.problems:
            name, _point, path = problem.path.partition(".")
            if name in TREES:
                self.problems[name].append(Problem(path, problem.code, problem.message))
            field = _field_of(problem.path)
            self.add_error(field if field in self.fields else None, problem.message)

    def _check_version(self) -> None:
        opened = self.cleaned_data.get("opened_version")
        if self.stored is None or opened in (None, self.stored.version):
            return
        text = _(
            "Somebody else has changed the rule meanwhile; version %(version)d is stored, and in "
            "the history. Saving again replaces it by what stands here."
        )
        self.add_error(None, text % {"version": self.stored.version})
        data = cast(QueryDict, self.data).copy()
        data["opened_version"] = str(self.stored.version)
        self.data = data

    def _post_clean(self) -> None:
        """Nothing to do: `check` has looked at everything, and the instance stays as it is."""


def _without_starters(page: dict[str, Any]) -> dict[str, Any]:
    """Return what of a builder's page is otherwise where it offers no examples."""
    empty = _("No condition yet. Add the first one below.")
    return {"starters": [], "strings": page["strings"] | {"empty": empty}}


def _field_of(path: str) -> str:
    name = path.partition(".")[0].partition("[")[0]
    if name == "segments":
        return "segment_operator" if path_to(name, "operator") == path else "segment_codes"
    return path.replace("label.", LABEL) if name == "label" else name
