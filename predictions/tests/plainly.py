"""The features once more, as the contract words them: slowly, in plain Python, row by row."""

import statistics
from collections import Counter
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from conditions.language.windows import LocalClock
from customers.models import (
    Cart,
    Customer,
    Login,
    Order,
    OrderItem,
    ProductCategory,
    ProductView,
    Refund,
    RefundItem,
    WishlistItem,
)

FAR = timedelta(days=146_097)
FREE_NAMES = {"Next Day Carriage", "High Resolution Image"}


def text(value, *, whole=False):
    """Return a cell: empty, a whole number, or 6 decimals rounded half away from zero."""
    if value is None:
        return ""
    if whole:
        return str(value)
    with localcontext(prec=200):
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        # Zero has no sign.
        return f"{exact.quantize(Decimal('0.000001'), rounding=ROUND_HALF_UP) + 0:f}"


class Plain:
    """All customers of a small shop at a moment."""

    def __init__(self, as_of):
        self.as_of = as_of
        people = Customer.objects.select_related("website").order_by("pk")
        self.people = [
            one
            for one in people
            if one.is_active and (one.registered_at is None or one.registered_at <= as_of)
        ]
        self.sales = {
            one.pk: sorted(
                (
                    order
                    for order in Order.objects.filter(customer=one)
                    if order.created_at <= as_of and order.state not in {"canceled", "closed"}
                ),
                key=lambda order: order.created_at,
            )
            for one in self.people
        }
        self.days = {
            one.pk: sorted({self.day(one, order.created_at) for order in self.sales[one.pk]})
            for one in self.people
        }
        self.buyers = [one for one in self.people if self.sales[one.pk]]
        self.gaps = sorted(
            (later - earlier).days
            for one in self.buyers
            for earlier, later in pairwise(self.days[one.pk])
        )
        self.lines = {one.pk: self.lines_of(one) for one in self.people}

    def clock(self, one):
        return LocalClock(self.as_of, one.website.timezone)

    def day(self, one, at):
        return self.clock(one).date_of(at)

    def ago(self, one, at):
        return (self.clock(one).today - self.day(one, at)).days

    def hour(self, one, at):
        # After 400 years clocks show the same again; at the calendar's ends there is no room.
        moved = at + FAR if at.year < 200 else at - FAR if at.year > 9800 else at
        return moved.astimezone(ZoneInfo(one.website.timezone)).hour

    def spent(self, one):
        return sum(order.grand_total for order in self.sales[one.pk])

    def score(self, one, worse):
        number = sum(worse(other) for other in self.buyers)
        return 1 + 5 * number // len(self.buyers)

    def rfm(self, one):
        mine = self.sales[one.pk]
        figures = [None, len(mine), self.spent(one)]
        if not mine:
            return ["", "0", "0.000000", "", "", "", ""]

        def recency(other):
            return (self.clock(other).today - self.days[other.pk][-1]).days

        figures[0] = recency(one)
        r = self.score(one, lambda other: recency(other) > recency(one))
        f = self.score(one, lambda other: len(self.sales[other.pk]) < len(mine))
        m = self.score(one, lambda other: self.spent(other) < self.spent(one))
        return [
            *(str(figures[0]), str(figures[1]), text(Fraction(figures[2]))),
            *(str(r), str(f), str(m), self.segment(r, f)),
        ]

    @staticmethod
    def segment(r, f):
        if r == 5 and f >= 4:
            return "champions"
        if r in (3, 4) and f >= 4:
            return "loyal"
        if r >= 4 and f in (2, 3):
            return "potential_loyalists"
        if f == 1 and r >= 4:
            return "new_customers" if r == 5 else "promising"
        if r == 3:
            return "need_attention" if f == 3 else "about_to_sleep"
        return "cannot_lose" if f == 5 else "at_risk" if f >= 3 else "hibernating"

    def activity(self, one):
        mine, days = self.sales[one.pk], self.days[one.pk]
        today = self.clock(one).today
        n, total = len(mine), Fraction(self.spent(one))
        ago = [self.ago(one, order.created_at) for order in mine]
        gap = None
        if len(days) > 1:
            median = self.gaps[-(-len(self.gaps) // 2) - 1]
            own = [(b - a).days for a, b in pairwise(days)]
            gap = Fraction(median + sum(own), 1 + len(own))
        refunds = [
            refund.amount
            for refund in Refund.objects.filter(customer=one)
            if refund.created_at <= self.as_of
        ]
        reduced = sum(bool(order.discount_amount) or bool(order.coupon_code) for order in mine)
        bought = [
            line
            for order in mine
            for line in OrderItem.objects.filter(order=order, parent=None)
            if line.product_type != "service"
        ]
        categories = ProductCategory.objects.filter(product__in=[line.product for line in bought])
        views = ProductView.objects.filter(customer=one, viewed_at__lte=self.as_of)
        logins = Login.objects.filter(customer=one, logged_in_at__lte=self.as_of)
        wished = WishlistItem.objects.filter(wishlist__customer=one, added_at__lte=self.as_of)
        carts = Cart.objects.filter(customer=one, is_active=True, created_at__lte=self.as_of)
        return [
            text((today - days[0]).days if days else None, whole=True),
            str(len(days)),
            text(total / n if n else None),
            *(str(sum(day <= limit for day in ago)) for limit in (30, 90, 180)),
            *(
                text(
                    Fraction(
                        sum(
                            order.grand_total
                            for order, day in zip(mine, ago, strict=True)
                            if day <= limit
                        )
                    )
                )
                for limit in (30, 90, 180)
            ),
            str(sum(day <= 90 for day in ago) - sum(90 < day <= 181 for day in ago)),
            text(gap),
            text((today - days[-1]).days / gap if gap else None),
            str(len(refunds)),
            text(Fraction(sum(refunds)) / total if total > 0 else None),
            text(Fraction(reduced, n) if n else None),
            str(len({line.sku_folded for line in bought})),
            str(len({one.category_id for one in categories})),
            self.most(self.day(one, order.created_at).weekday() for order in mine),
            self.most(self.hour(one, order.created_at) for order in mine),
            str(sum(self.ago(one, view.viewed_at) <= 30 for view in views)),
            str(sum(self.ago(one, login.logged_in_at) <= 30 for login in logins)),
            *(str(wished.count()), str(carts.count())),
        ]

    @staticmethod
    def most(values):
        counts = Counter(values)
        most = max(counts.values(), default=0)
        return str(min(value for value in counts if counts[value] == most)) if counts else ""

    def lines_of(self, one):
        ordered = [
            (line.order.created_at, f"o{line.order_id}", line, 1, line.price)
            for line in OrderItem.objects.filter(order__customer=one, parent=None)
            if line.order.created_at <= self.as_of and line.order.state != "canceled"
        ]
        returned = [
            (line.refund.created_at, f"r{line.refund_id}", line, -1, line.row_total)
            for line in RefundItem.objects.filter(refund__customer=one)
            if line.refund.created_at <= self.as_of
        ]
        return [
            (at, invoice, line, sign, sign * penny(line.row_total or Decimal(0)))
            for at, invoice, line, sign, price in [*ordered, *returned]
            if line.product_type != "service"
            and (line.name or "").strip() not in FREE_NAMES
            and (line.row_total if price is None else price)
        ]

    def retail(self, one):
        lines = self.lines[one.pk]
        if not lines:
            return [""] * 15
        latest = max(self.day(x, at) for x in self.people for at, *_rest in self.lines[x.pk])
        days = [self.day(one, at) for at, *_rest in lines]
        spent = sum(amount for *_rest, amount in lines)
        invoices = len({invoice for _at, invoice, *_rest in lines})
        refunds = len({invoice for _at, invoice, _line, sign, _a in lines if sign < 0})
        pieces = Fraction(sum(sign * line.quantity for _at, _i, line, sign, _a in lines))
        countries = Counter(
            line.order.shipping_country or "" for _at, _i, line, sign, _a in lines if sign > 0
        )
        most = max(countries.values(), default=0)
        country = min((x for x in countries if countries[x] == most), default="")
        months = Counter()
        for day, (*_rest, amount) in zip(days, lines, strict=True):
            months[day.year, day.month] += amount
        sums = [Fraction(months[month]) for month in sorted(months)]
        deviation, slope = 0.0, Fraction(0)
        if len(sums) > 1:
            with localcontext(prec=60):
                values = [Decimal(x.numerator) / Decimal(x.denominator) for x in sums]
                deviation = statistics.stdev(values)
            middle, mean = Fraction(len(sums) - 1, 2), sum(sums) / len(sums)
            slope = sum((k - middle) * (x - mean) for k, x in enumerate(sums)) / sum(
                (k - middle) ** 2 for k in range(len(sums))
            )
        step = Fraction((max(days) - min(days)).days, len(lines) - 1) if len(lines) > 1 else None
        return [
            str((latest - max(days)).days),
            str(invoices),
            text(pieces, whole=pieces.denominator == 1),
            *(text(Fraction(spent)), text(Fraction(spent) / invoices)),
            str(len({line.sku for _at, _i, line, _s, _a in lines})),
            text(step),
            self.most(day.weekday() for day in days),
            self.most(self.hour(one, at) for at, *_rest in lines),
            str(int(country == "United Kingdom")),
            *(str(refunds), text(Fraction(refunds, invoices))),
            text(sum(sums) / len(sums)),
            text(Fraction(deviation)),
            text(slope),
        ]


def penny(amount):
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
