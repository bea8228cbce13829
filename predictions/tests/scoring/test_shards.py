"""Shards: whoever works on them, everybody is scored once, by one version."""

from datetime import timedelta
from operator import itemgetter

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from conditions.tests.examples.awkward_values import NOW
from conditions.tests.examples.shops import awkward_shop
from core import clock
from customers.models import Customer
from predictions import shards
from predictions.history.population import population
from predictions.lifecycle.train import train
from predictions.models import (
    AnalyticsTable,
    CustomerPrediction,
    PredictionModel,
    ScoringRun,
    ScoringShard,
    ScoringState,
)
from predictions.registry import deploy, rollback
from predictions.scoring import runs as scoring
from predictions.scoring.runs import (
    finish_scoring,
    look_at_shard,
    owe_what_was_left,
    score,
    score_models,
    score_shard,
)

REASON = "It is measured elsewhere."


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(scoring, "BATCH", 5)


@pytest.fixture
def shop(db):
    awkward_shop(1, customers=60).store()


def stored():
    """Return all scores, by the customer's key."""
    return {row["customer_id"]: row for row in CustomerPrediction.objects.values()}


def begun(count, *, as_of=NOW, dies_in="_score_all"):
    """Return a run whose shards wait, as its first worker leaves them who dies at once."""

    def dying(run, judges):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, dies_in, dying)
        patch.setattr(scoring, "_end", lambda *given: None)
        with pytest.raises(KeyboardInterrupt):
            score_models(None, as_of=as_of, count=count)
    return ScoringRun.objects.latest("pk")


def views():
    rows = AnalyticsTable.objects.values_list("view", "parameters", "data")
    return {(view, parameters): data for view, parameters, data in rows}


def keys():
    return list(ScoringShard.objects.order_by("pk").values_list("pk", flat=True))


def test_seven_shards_are_one(shop):
    one = score(as_of=NOW)
    expected, shown = stored(), views()
    CustomerPrediction.objects.all().delete()
    AnalyticsTable.objects.all().delete()
    seven = score_models(None, as_of=NOW, count=7)
    assert (seven.state, seven.shards_count) == (ScoringState.COMPLETED, 7)
    assert (stored(), seven.counts) == (expected, one.counts)
    assert views() == shown
    assert set(map(itemgetter(0), shown)) >= {"cohorts", "rfm", "seasonality", "summary"}
    assert not ScoringRun.objects.filter(overview__isnull=False).exists()
    assert not ScoringShard.objects.exists()
    again = score_models(None, as_of=NOW, count=3)
    assert {counts["changed"] for counts in again.counts.values()} == {0}
    assert again.marked_customers == 0


def test_more_shards_than_customers(db, make_customer):
    make_customer("A")
    run = score_models(None, as_of=NOW, count=9)
    assert (run.state, run.counts["journey"]["scored"]) == (ScoringState.COMPLETED, 1)


def test_shards_are_cut_where_nobody_is_left_out(shop, monkeypatch):
    run = ScoringRun.objects.create(codes=[], as_of=NOW, started_at=NOW)
    people = set(Customer.objects.values_list("pk", flat=True))
    for count in (1, 2, 3, 59, 60, 61):
        ScoringShard.objects.all().delete()
        shards.cut_shards(run, count)
        found = ScoringShard.objects.order_by("pk").values_list("after", "until")
        inside = [
            {key for key in people if key > after and (until is None or key <= until)}
            for after, until in found
        ]
        assert len(inside) == count
        assert sum(map(len, inside)) == len(set().union(*inside)) == len(people)
    monkeypatch.setattr(shards, "KEYS", 10)
    ScoringShard.objects.all().delete()
    assert len(shards.cut_shards(run, None)) == 1 + (max(people) - min(people)) // 10


def test_other_workers_end_a_run_whose_first_one_is_dead(shop):
    expected = (score(as_of=NOW), stored())[1]
    CustomerPrediction.objects.all().delete()
    run = begun(4)
    first, *rest = keys()
    for pk in rest:
        score_shard(pk)
        score_shard(pk)
    run.refresh_from_db()
    assert run.state == ScoringState.RUNNING
    finish_scoring(run.pk)  # Told too early.
    score_shard(first)
    run.refresh_from_db()
    assert run.state == ScoringState.COMPLETED
    assert stored() == expected
    assert PredictionModel.objects.get(code="rfm").as_of == NOW
    before = run.finished_at
    finish_scoring(run.pk)
    score_shard(first)
    run.refresh_from_db()
    assert run.finished_at == before


def test_others_look_at_shards_and_the_limits_are_those_of_all(shop, monkeypatch):
    expected = (score(as_of=NOW), stored())[1]
    limits = {one.code: one.limits for one in PredictionModel.objects.all()}
    PredictionModel.objects.update(limits=None)
    CustomerPrediction.objects.all().delete()
    find, look, looked = scoring._with_limits, scoring._look_at_shard, []

    def with_others(run, judges):
        for pk in keys()[1:4]:
            score_shard(pk)  # Told too early.
            look_at_shard(pk)
        assert not stored()
        looked.clear()
        return find(run, judges)

    monkeypatch.setattr(scoring, "_with_limits", with_others)
    monkeypatch.setattr(
        scoring, "_look_at_shard", lambda *given: (looked.append(given[2].pk), look(*given))
    )
    run = score_models(None, as_of=NOW, count=6)
    assert (run.state, len(looked)) == (ScoringState.COMPLETED, 3)
    assert {one.code: one.limits for one in PredictionModel.objects.all()} == limits
    assert stored() == expected


def owed_models():
    """Return the codes of those switched on that everybody is owed a score of."""
    owed = PredictionModel.objects.filter(is_owed=True, is_active=True)
    return set(owed.values_list("code", flat=True))


def test_a_look_that_its_first_worker_leaves_is_owed(shop):
    run = begun(3, dies_in="_with_limits")
    for pk in keys():
        look_at_shard(pk)
    assert not shards.are_left(run, shards.TO_LOOK_AT)
    for pk in keys():
        score_shard(pk)  # Told too early: nobody knows the limits.
    assert not stored()
    long_ago = clock.now() - timedelta(seconds=settings.LEASE_SECONDS)
    ScoringRun.objects.update(seen_at=long_ago)
    owe_what_was_left()
    run.refresh_from_db()
    assert run.state == ScoringState.FAILED
    assert owed_models() == set(run.codes)
    assert keys() == []


def test_a_run_that_was_killed_is_over_with_the_next_and_what_else_it_was_at_is_owed(shop):
    killed = begun(2)
    assert killed.state == ScoringState.RUNNING
    assert score("journey").state == ScoringState.COMPLETED
    killed.refresh_from_db()
    assert (killed.state, killed.overview) == (ScoringState.OVERTAKEN, None)
    assert killed.finished_at is not None
    assert owed_models() == set(killed.codes) - {"journey"}
    assert not ScoringShard.objects.exists()


def test_a_run_that_a_deploy_overtakes_owes_what_else_it_was_at(shop, monkeypatch):
    write = scoring.write_scores

    def deployed_meanwhile(*given):
        ScoringShard.objects.all().delete()
        write(*given)

    monkeypatch.setattr(scoring, "write_scores", deployed_meanwhile)
    monkeypatch.setattr(shards, "KEYS", 1)
    run = score(as_of=NOW)
    assert run.state == ScoringState.OVERTAKEN
    assert owed_models() == set(run.codes)


def test_whom_the_database_has_cut_off_sees_that_another_has_begun(shop, monkeypatch):
    find = scoring._with_limits

    def cut_off(run, judges):
        if len(run.codes) == 1:
            return find(run, judges)
        score("rfm", as_of=NOW)
        raise OperationalError("terminating connection due to idle-in-transaction timeout")

    monkeypatch.setattr(scoring, "_with_limits", cut_off)
    assert score(as_of=NOW).state == ScoringState.OVERTAKEN


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cuts nobody off")
def test_who_is_really_cut_off_finds_a_new_connection(make_customer, monkeypatch):
    make_customer("A")
    find = scoring._with_limits

    def cut_off(run, judges):
        if len(run.codes) > 1:
            score("rfm", as_of=NOW)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return find(run, judges)

    monkeypatch.setattr(scoring, "_with_limits", cut_off)
    assert score(as_of=NOW).state == ScoringState.OVERTAKEN


def test_a_fault_of_the_database_is_told(shop, monkeypatch):
    def broken(*given):
        raise OperationalError("disk full")

    monkeypatch.setattr(scoring, "_with_limits", broken)
    with pytest.raises(OperationalError, match="disk full"):
        score(as_of=NOW)
    assert ScoringRun.objects.get().state == ScoringState.FAILED


def test_an_overview_is_not_kept_longer_than_its_run(shop):
    run = begun(2)
    assert run.overview["counted"]["customers"] == population(NOW).count()
    long_ago = clock.now() - timedelta(seconds=settings.LEASE_SECONDS)
    ScoringRun.objects.update(seen_at=long_ago)
    owe_what_was_left()
    run.refresh_from_db()
    assert (run.state, run.overview) == (ScoringState.FAILED, None)


def test_who_is_silent_while_looking_says_nothing_more(shop):
    run = begun(1, dies_in="_with_limits")
    frozen = shards.claim(run, shards.TO_LOOK_AT)
    look_at_shard(frozen.pk)
    assert shards.are_left(run, shards.TO_LOOK_AT)
    assert shards.live(frozen)
    long_ago = clock.now() - timedelta(seconds=settings.LEASE_SECONDS)
    ScoringShard.objects.update(seen_at=long_ago)
    look_at_shard(frozen.pk)
    (seen,) = shards.all_found(run)
    assert seen["parts"][""]["shop"]["frequency"]
    shards.note_found(frozen, {})
    assert not shards.live(frozen)
    assert list(shards.all_found(run)) == [seen]
    frozen.run.seen_at = None
    with pytest.raises(scoring._Overtaken):
        scoring._look_at_shard(frozen.run, scoring._judges_of(run), frozen)


def test_a_look_that_fails_is_left_to_others(shop, monkeypatch):
    run = begun(2, dies_in="_with_limits")

    def breaking(*given):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "_look_at_shard", breaking)
        with pytest.raises(ZeroDivisionError):
            look_at_shard(keys()[0])
    for pk in keys():
        look_at_shard(pk)
    assert not shards.are_left(run, shards.TO_LOOK_AT)


def test_who_is_silent_loses_the_shard_and_writes_nothing_more(shop):
    run = begun(1)
    frozen = shards.claim(run, shards.TO_SCORE)
    assert shards.claim(run, shards.TO_SCORE) is None
    score_shard(frozen.pk)
    assert not stored()
    long_ago = clock.now() - timedelta(seconds=settings.LEASE_SECONDS)
    ScoringShard.objects.update(seen_at=long_ago)
    judges = scoring._with_stored_limits(scoring._judges_of(run))
    second = shards.claim(run, shards.TO_SCORE)
    assert shards.hold(frozen) is None
    with pytest.raises(scoring._Overtaken):
        scoring._score_part(run, judges, frozen)
    assert not stored()
    shards.release(frozen)  # It is not theirs to release.
    assert shards.claim(run, shards.TO_SCORE) is None
    shards.release(second)
    score_shard(second.pk)
    assert len(stored()) > 40


def test_a_shard_goes_on_where_its_worker_broke_off(shop, monkeypatch):
    run = begun(1)
    write, calls = scoring.write_scores, []

    def breaking(*given):
        calls.append(len(given[0]))
        if len(calls) == 4:
            raise KeyboardInterrupt
        write(*given)

    monkeypatch.setattr(scoring, "write_scores", breaking)
    with pytest.raises(KeyboardInterrupt):
        score_shard(keys()[0])
    done = len(stored())
    assert done == sum(calls[:3]) > 0
    score_shard(keys()[0])
    run.refresh_from_db()
    assert run.state == ScoringState.COMPLETED
    # Counted once, whoever wrote them.
    assert run.counts["journey"]["changed"] == run.counts["journey"]["scored"] == len(stored())


@pytest.mark.parametrize(
    "back",
    [
        pytest.param(False, marks=pytest.mark.exhaustive, id="deployed"),
        pytest.param(True, id="deployed and rolled back"),
    ],
)
def test_a_deploy_ends_a_run_that_is_half_done(shop, back):
    for _version in range(2):
        version = train("next_order", as_of=NOW)
        deploy(version, reason=REASON)
    score(as_of=NOW)
    run = begun(3, as_of=NOW + timedelta(days=1))
    score_shard(keys()[0])
    third = train("next_order", as_of=NOW)
    deploy(third, reason=REASON)
    if back:
        rollback(third.model)
    assert keys() == []
    finish_scoring(run.pk)
    run.refresh_from_db()
    assert run.state == ScoringState.OVERTAKEN
    score()
    versions = set(CustomerPrediction.objects.values_list("next_order_version", flat=True))
    assert versions - {None} == {2 if back else 3}


def test_another_run_takes_the_shards_away(shop):
    run = begun(3)
    old = keys()
    assert score(as_of=NOW).state == ScoringState.COMPLETED
    for pk in old:
        score_shard(pk)
    finish_scoring(run.pk)
    run.refresh_from_db()
    assert run.state == ScoringState.OVERTAKEN


@pytest.mark.once
@pytest.mark.parametrize("count", ["0", "-1", "1001", "1,000", "x", "1e3", "٣"])
def test_the_command_takes_a_whole_number(db, count, capsys):
    with pytest.raises(SystemExit):
        from predictions.management.commands.score_customers import Command

        Command().run_from_argv(["manage.py", "score_customers", "--shards", count])
    assert "1000" in capsys.readouterr().err


def test_the_command_cuts(shop):
    call_command("score_customers", shards=5, as_of=NOW)
    assert ScoringRun.objects.get().shards_count == 5
