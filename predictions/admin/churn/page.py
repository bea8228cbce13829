"""The churn page, in the menu in place of a list of former risks."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.figures.charts import column_chart
from core.text.formats import number_shown, share_shown
from predictions.admin.churn.grid import address_of, columns_of, grid_of
from predictions.admin.churn.people import ORDERS, People, people_of
from predictions.admin.churn.risks import (
    ANY,
    HIGH,
    NOTED_RISE,
    RISKS,
    TENTHS,
    VALUES,
    Counted,
    Part,
    Risks,
    part_of,
    risks,
)
from predictions.admin.churn.trust import trust_sentences
from predictions.admin.insights.computing import computing
from predictions.admin.insights.day_one import missing_data
from predictions.admin.insights.show_customers import Links
from predictions.admin.insights.training_step import missing_scores
from predictions.admin.insights.value.value_spread import bands_sentence
from predictions.admin.models.model_summary import answers_of
from predictions.admin.models.versions.definitions import measures_sentence
from predictions.admin.single_page import OnePage
from predictions.analytics.answers import shop_totals
from predictions.analytics.parts.selection import of_rise
from predictions.history.population import sales
from predictions.kinds.churn.declaration import CHURN
from predictions.models import RiskHistory, ValueBand
from predictions.registry import models
from segments.admin.next_steps import segment_steps


@admin.register(RiskHistory)
class ChurnAdmin(OnePage):
    """The page with the churn risks of the stored scores; each number links to its customers."""

    heading = gettext_lazy("Churn")
    template = "admin/predictions/churn.html"

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the figures, the grid, and the customers of the chosen cell."""
        model = models().filter(kind=CHURN.code).first()
        found = risks()
        context = {"model": model, "found": found, "computing": computing(request.user, "churn")}
        if model is None:
            return context
        if not found.customers:
            if not sales(now()).exists():
                return context | {"missing": missing_data(request.user, shop_totals())}
            return context | {"scores": missing_scores(model, request.user)}
        links, asked = Links(request.user), request.GET
        part = part_of(asked.get("risk", HIGH.code), asked.get("value", ANY))
        people = people_of(
            part,
            request.user,
            now(),
            order=asked.get("order", ""),
            page=asked.get("page", ""),
            found=found,
        )
        counted, answers = found.counts_of(part), answers_of(model)
        url = links.to(_("Churn: %(part)s") % {"part": part.label}, part.conditions())
        return context | {
            "measures": measures_sentence(model.deployed),
            "figures": _figures(found, links),
            "histogram": _histogram(found),
            "tenths": _tenths(found),
            "tones": [(one.code, one.label) for one in reversed(list(RISKS.values()))],
            "columns": columns_of(found),
            "rows": grid_of(found, part),
            "part": part,
            "counted": counted,
            "people": people,
            "orders": [
                (code, label)
                for code, (label, _column) in ORDERS.items()
                if code != "value" or found.has_values
            ],
            "earlier": _page_of(part, people, -1) if people.page.has_previous() else "",
            "later": _page_of(part, people, 1) if people.page.has_next() else "",
            "is_at_top": part == Part(HIGH),
            "steps": segment_steps(counted.customers, url, links.to_mail(url)),
            "answers": answers,
            "trust": trust_sentences(answers) if answers else [],
            "limits": f"{_risk_limits()} {bands_sentence(VALUES)}"
            if found.has_values
            else _risk_limits(),
        }


def _figures(found: Risks, links: Links) -> list[dict[str, Any]]:
    """Return the figures at the top of the page: label, number, explanation and link."""
    high, top = Part(HIGH), Part(HIGH, ValueBand.TOP)
    counted, leaving = found.counts_of(high), found.counts_of(top)
    rising = _("by %(points)s points or more in 30 days")
    values = [
        {
            "label": _("Expected from them"),
            "shown": counted.worth,
            "below": _("their predicted lifetime value"),
        },
        _figure(_("Top value at high risk"), leaving, leaving.worth, address_of(top)),
    ]
    return [
        _figure(HIGH.label, counted, _of_everybody(counted, found), address_of(high)),
        *(values if found.has_values else ()),
        _figure(
            _("Risk is rising"),
            Counted(found.rising),
            rising % {"points": number_shown(int(NOTED_RISE * 100))},
            links.to(_("Churn: the risk is rising"), of_rise(NOTED_RISE)),
        ),
    ]


def _figure(label: Any, counted: Counted, below: str, url: str) -> dict[str, Any]:
    return {
        "label": label,
        "shown": number_shown(counted.customers),
        "below": below,
        "url": url if counted.customers else "",
    }


def _of_everybody(counted: Counted, found: Risks) -> str:
    return _("%(share)s of %(all)s customers with a risk") % {
        "share": share_shown(counted.customers / found.customers),
        "all": number_shown(found.customers),
    }


def _risk_limits() -> str:
    """Return where the bands of risk begin and end."""
    text = _("High risk: %(high)s and more. Medium: %(medium)s and more. Low: less than that.")
    return text % {
        "high": share_shown(HIGH.low / TENTHS),
        "medium": share_shown(RISKS["medium"].low / TENTHS),
    }


def _tone(tenth: int) -> str:
    return next(one.code for one in RISKS.values() if one.low <= tenth < one.high)


def _histogram(found: Risks) -> SafeString:
    counts = found.tenths()
    return column_chart(
        counts,
        _("How many customers have which risk"),
        ends=(share_shown(0), share_shown(1)),
        limits=(number_shown(0), number_shown(max(counts))),
        tones=[_tone(tenth) for tenth in range(TENTHS)],
    )


def _tenths(found: Risks) -> list[tuple[str, str, int]]:
    """Return the columns of the histogram as a table: from, below, number of customers."""
    ends = [share_shown(one / TENTHS) for one in range(TENTHS + 1)]
    return [(ends[one], ends[one + 1], count) for one, count in enumerate(found.tenths())]


def _page_of(part: Part, people: People, step: int) -> str:
    number = people.page.number + step
    return address_of(part, order=people.order, page=str(number))
