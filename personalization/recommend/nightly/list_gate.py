"""The gate of each list per website: measures the candidates and chooses the one that serves.

A website with at least 500 users of its own in the test is judged by them, every other one with
the whole installation. Below 100 users nothing is evaluated and the counters serve, unless a person
has promoted a version with a reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Max

from customers.models import Customer
from personalization.gate import Interval, paired, passes
from personalization.gate.choice import Candidate, choose
from personalization.lists.scored import Floats
from personalization.models import (
    ListInUse,
    RecommendationFit,
    RecommendationGate,
    RecommendationVersion,
    Wish,
)
from personalization.recommend.algorithms import ALGORITHMS, COUNTERS, SEQUENCE
from personalization.recommend.algorithms.personal_frequency import PERSONAL_FREQUENCY
from personalization.recommend.evaluation.measurement import BASELINES, Evaluation, Result
from personalization.recommend.evaluation.report import figures_as_json, interval_as_json
from personalization.recommend.evaluation.trial import NEW, REPEATS, mean_of
from personalization.recommend.nightly.promotion import demote, is_chosen_by_person, put_to_use

OWN_USERS, FEWEST_USERS = 500, 100
# The mode of the test by which a list is judged.
MODES: Mapping[str, str] = {Wish.AGAIN: REPEATS, Wish.DISCOVER: NEW}
# The most customers in one query: each is a parameter of SQL.
TOGETHER = 5_000


@dataclass(frozen=True, eq=False)
class _Scope:
    """A website's code, or "" for all, and a mask of the users of the test who belong to it."""

    code: str
    is_in: Any

    def figures(self, result: Result, mode: str) -> Floats:
        return np.asarray(result.gains.ndcg[mode][self.is_in])


def pass_gates(fit: RecommendationFit, measured: Evaluation) -> None:
    """Store a version of each candidate for each scope, and let the passing versions serve.

    Runs in the transaction that holds the lock of `locked_use`.
    """
    scopes = _scopes(measured)
    number = RecommendationVersion.objects.aggregate(last=Max("number"))["last"] or 0
    # A website that has become too small is judged with all others again.
    ListInUse.objects.exclude(scope__in=[one.code for one in scopes]).delete()
    for scope in scopes:
        for wish in Wish.values:
            versions = [
                _version(fit, measured, wish, scope, result)
                for result in measured.results
                if result.algorithm in ALGORITHMS and ALGORITHMS[result.algorithm].wish == wish
            ]
            for version in versions:
                number += 1
                version.number = number
            RecommendationVersion.objects.bulk_create(versions)
            _serve(wish, scope, versions, measured)


def pass_deep_gate(fit: RecommendationFit, measured: Evaluation, about: Mapping[str, Any]) -> None:
    """Store versions of `sequence`, measured after the other candidates of `fit`.

    The network has to beat the counters and the other algorithm that serves. `about` describes the
    network's own fit. Runs in the transaction that holds the lock of `locked_use`.
    """
    number = RecommendationVersion.objects.aggregate(last=Max("number"))["last"] or 0
    (result,) = (one for one in measured.results if one.algorithm == SEQUENCE)
    for scope in _scopes(measured):
        for wish in Wish.values:
            # A repeated task measures the network again: the network is no rival of its own.
            others = list(
                fit.versions.filter(scope=scope.code, wish=wish)
                .exclude(algorithm=SEQUENCE)
                .order_by("number")
            )
            if not others:  # The website was too small for a gate of its own in the night.
                continue
            version = _version(fit, measured, wish, scope, result)
            rival = _rival(wish, scope, measured, [one.algorithm for one in others])
            results = {one.algorithm: one for one in measured.results}
            own, its = (scope.figures(results[one], MODES[wish]) for one in (SEQUENCE, rival))
            interval = paired(own, its)
            if version.gate == RecommendationGate.PASSED and not passes([interval]):
                version.gate = RecommendationGate.FAILED
            compared = {"algorithm": rival, **interval_as_json(interval)}
            version.figures |= {"deep": dict(about), "compared_with": compared}
            number += 1
            version.number = number
            version.save()
            _serve(wish, scope, [*others, version], measured)


def _rival(wish: str, scope: _Scope, measured: Evaluation, others: Sequence[str]) -> str:
    """Return which of the `others` serves the list, or would if `sequence` did not."""
    row = ListInUse.objects.filter(wish=wish, scope=scope.code).select_related("version").first()
    in_use = row.version.algorithm if row and row.version else None
    candidates = _candidates(wish, scope, measured, others)
    return choose(candidates, None if in_use == SEQUENCE else in_use).name or COUNTERS[wish].name


def _scopes(measured: Evaluation) -> Sequence[_Scope]:
    users = measured.trial.customers
    websites = _websites_of(users.tolist())
    codes = np.array([websites.get(pk, "") for pk in users.tolist()], dtype=object)
    found = [_Scope("", np.ones(len(users), dtype=bool))]
    for code in sorted(set(websites.values())):
        is_own = codes == code
        # A shop of one website has one gate.
        if OWN_USERS <= is_own.sum() < len(users):
            found.append(_Scope(code, is_own))
    return found


def _websites_of(customers: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(customers), TOGETHER):
        rows = Customer.objects.filter(pk__in=customers[start : start + TOGETHER])
        found |= dict(rows.values_list("pk", "website__code"))
    return found


def _version(
    fit: RecommendationFit, measured: Evaluation, wish: str, scope: _Scope, result: Result
) -> RecommendationVersion:
    mode = MODES[wish]
    own = scope.figures(result, mode)
    against = dict(_baseline_differences(measured, mode, scope, result))
    users = int((~np.isnan(own)).sum())
    gate = RecommendationGate.NOT_EVALUATED
    if users >= FEWEST_USERS:
        is_passing = passes(against.values())
        gate = RecommendationGate.PASSED if is_passing else RecommendationGate.FAILED
    # The nearest counter decides.
    nearest = min(against.values(), key=lambda one: one.low)
    figures = {
        **figures_as_json(result, scope.is_in),
        "wish": wish,
        "scope": scope.code,
        "ndcg": mean_of(own),
        "users": users,
        "chosen": dict(measured.chosen),
        **interval_as_json(nearest),
        "against": [
            {"baseline": name, "mode": mode, **interval_as_json(one)}
            for name, one in against.items()
        ],
    }
    return RecommendationVersion(
        fit=fit, algorithm=result.algorithm, wish=wish, scope=scope.code, figures=figures, gate=gate
    )


def _baseline_differences(
    measured: Evaluation, mode: str, scope: _Scope, result: Result
) -> Iterator[tuple[str, Interval]]:
    results = {one.algorithm: one for one in measured.results}
    own = scope.figures(result, mode)
    for baseline in BASELINES[mode]:
        if baseline != result.algorithm:
            yield baseline, paired(own, scope.figures(results[baseline], mode))


def _serve(
    wish: str, scope: _Scope, versions: Sequence[RecommendationVersion], measured: Evaluation
) -> None:
    row, _new = ListInUse.objects.select_related("version").get_or_create(
        wish=wish, scope=scope.code
    )
    by_name = {one.algorithm: one for one in versions}
    in_use = row.version.algorithm if row.version else None
    if versions[0].gate == RecommendationGate.NOT_EVALUATED:
        if row.version and not is_chosen_by_person(row.version):
            demote(row, is_below=False)
        return
    if in_use == SEQUENCE and in_use not in by_name:
        # Its own gate judges it, after its own fit.
        return
    choice = choose(_candidates(wish, scope, measured, list(by_name)), in_use)
    if choice.name is None:
        if row.version is not None and in_use in by_name and in_use != PERSONAL_FREQUENCY.name:
            demote(row, is_below=choice.is_below)
    elif choice.name == in_use:
        # The newest fit of the same algorithm answers.
        row.version, row.is_below = by_name[choice.name], False
        row.save(update_fields=["version", "is_below"])
    else:
        if choice.is_below:
            demote(row, is_below=True)
        put_to_use(row, by_name[choice.name], by=None)


def _candidates(
    wish: str, scope: _Scope, measured: Evaluation, algorithms: Sequence[str]
) -> Sequence[Candidate]:
    """Return the algorithms of a list as the gate compares them.

    The counter of the list serves wherever no version is promoted: the counter is no candidate.
    """
    mode, results = MODES[wish], {one.algorithm: one for one in measured.results}
    names = [name for name in algorithms if name != PERSONAL_FREQUENCY.name]
    figures = {name: scope.figures(results[name], mode) for name in names}
    return [
        Candidate(
            name,
            mean_of(figures[name]) or 0.0,
            dict(_baseline_differences(measured, mode, scope, results[name])),
            {other: paired(figures[name], figures[other]) for other in names if other != name},
            is_deep=name == SEQUENCE,
        )
        for name in names
    ]
