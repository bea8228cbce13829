"""Purchase days of two real shops, as arrays x, t_x, T (days) and mean value after the first."""

import csv
import lzma
from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
from django.conf import settings

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"


@cache
def cdnow(until=date(1997, 9, 30)):
    """Return the CDNOW sample, its customers in the order of their numbers."""
    spent = defaultdict(lambda: defaultdict(Decimal))
    with lzma.open(DATA / "CDNOW_sample.txt.xz", "rt") as file:
        for line in file:
            _all, customer, day, _pieces, value = line.split()
            spent[customer][date.fromisoformat(day)] += Decimal(value)
    return arrays(spent, until)


@cache
def online_retail(until=date(2011, 12, 9)):
    """Return the customers of Online Retail who have an invoice that is no credit note."""
    spent = defaultdict(lambda: defaultdict(Decimal))
    with lzma.open(DATA / "online_retail.csv.xz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["CustomerID"] and not row["InvoiceNo"].startswith("C"):
                day = date.fromisoformat(row["InvoiceDate"][:10])
                value = Decimal(row["UnitPrice"]) * int(row["Quantity"])
                spent[row["CustomerID"]][day] += value
    return arrays(spent, until)


def arrays(spent, until):
    rows = []
    for _customer, days in sorted(spent.items()):
        seen = sorted(day for day in days if day <= until)
        if seen:
            later = [days[day] for day in seen[1:]]
            mean = float(sum(later) / len(later)) if later else 0.0
            rows.append(
                (len(later), (seen[-1] - seen[0]).days, (until - seen[0]).days, mean),
            )
    return tuple(np.array(column) for column in zip(*rows, strict=True))
