"""The chosen contacts of a plan as CSV, streamed under the rules of exports of members."""

from django.contrib.auth.models import User
from django.http import HttpResponseBase

from core.text.formulas import guard_formula
from predictions.strategies.plans.plan import Contact, Plan
from predictions.strategies.question import BUDGET
from segments.export.customer_rows import CustomerRow, export_customers

COLUMNS = ("expected_value", "cost", "rank")
CAMPAIGN = "campaign"


def export_contacts(plan: Plan, *, user: User) -> HttpResponseBase:
    """Return the download of all contacts of `plan`, ranked from 1.

    `plan` must be a plan with all contacts (`ALL`). Money has 4 decimals. Raises what
    `segments.export.customer_rows.export_customers` raises. The audit log of exports names the plan
    `clv/optimize:STRATEGY`.
    """
    strategy = plan.data["strategy"]
    columns = (*COLUMNS, CAMPAIGN) if strategy == BUDGET else COLUMNS
    rows = [_row(rank, one) for rank, one in enumerate(plan.contacts, start=1)]
    return export_customers(f"clv/optimize:{strategy}", columns, rows, user=user)


def _row(rank: int, one: Contact) -> CustomerRow:
    cells = (one.expected_value, one.cost, str(rank))
    return CustomerRow(one.key, (*cells, guard_formula(one.campaign)) if one.campaign else cells)
