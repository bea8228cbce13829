"""Orders of events judged as the contract defines them: by trying every choice of rows."""

from datetime import timedelta
from itertools import pairwise, product

HOURS = {"hours": 1, "days": 24}


class Row:
    """A row of a customer: when it happened, its internal key, and its SKU, where it has one."""

    def __init__(self, at, key, sku=None):
        self.at, self.key, self.sku = at, key, sku


def holds(steps, rows, as_of):
    """Return whether the order of events `steps`, as JSON, holds at `as_of`.

    `rows` has a customer's rows by the name of their relation. A step's conditions may ask for one
    SKU and nothing else.
    """
    return earliest(steps, rows, as_of) is not None


def earliest(steps, rows, as_of):
    """Return the times of the chain whose times are earliest, step by step; None without one."""
    absent = steps[-1] if steps[-1].get("not") else None
    present = [one for one in steps if one is not absent]
    chains = [
        [row.at for row in chain]
        for chain in product(*(_chosen(one, rows) for one in present))
        if all(
            _follows(step, *pair) for step, pair in zip(steps[1:], pairwise(chain), strict=False)
        )
        and (absent is None or _is_not_followed(absent, chain[-1], rows, as_of))
    ]
    return min(chains, default=None)


def _chosen(step, rows):
    wanted = {one["value"].lower() for one in step.get("conditions", ())}
    found = [one for one in rows[step["relation"]] if not wanted or one.sku.lower() in wanted]
    found.sort(key=lambda one: (one.at, one.key))
    return {"first": found[:1], "last": found[-1:]}.get(step.get("only"), found)


def _gap(step, name):
    return next(
        (
            timedelta(hours=step[f"{name}_{unit}"] * hours)
            for unit, hours in HOURS.items()
            if f"{name}_{unit}" in step
        ),
        None,
    )


def _follows(step, before, row):
    gap, after, within = row.at - before.at, _gap(step, "after"), _gap(step, "within")
    is_same = "same" not in step or before.sku.lower() == row.sku.lower() != ""
    return (
        gap > timedelta(0)
        and (after is None or gap >= after)
        and (within is None or gap <= within)
        and is_same
    )


def _is_not_followed(step, before, rows, as_of):
    within = _gap(step, "within")
    is_over = within is None or as_of - before.at > within
    return is_over and not any(_follows(step, before, one) for one in _chosen(step, rows))
