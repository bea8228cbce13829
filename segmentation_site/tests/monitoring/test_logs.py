"""The log: what is worth a line."""

import logging

import pytest

from segmentation_site.celery import app
from segmentation_site.monitoring.logs import TICK, NobodysAddress, NotEachTick


def record(level: int, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("celery", level, __file__, 1, message, arguments, None)


@pytest.mark.parametrize(
    ("level", "task", "is_kept"),
    [
        (logging.INFO, TICK, False),
        (logging.WARNING, TICK, True),
        (logging.ERROR, TICK, True),
        (logging.INFO, "segments.refresh_run", True),
    ],
)
def test_a_tick_is_told_of_only_where_something_is_wrong(level, task, is_kept):
    assert NotEachTick().filter(record(level, "Task %s[1] received", task)) is is_kept


def test_it_is_the_tick_that_beat_sends():
    app.loader.import_default_modules()

    assert TICK in app.tasks
    assert app.conf.beat_schedule["tick"]["task"] == TICK


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["consent", "data", "erase", "segments", "segments/vip"])
def test_a_refused_request_names_no_customer(client, caplog, way):
    caplog.handler.addFilter(NobodysAddress())
    client.get(f"/api/v1/customers/zqSecret/{way}/")
    assert "zqSecret" not in caplog.text
    assert "Unauthorized: /api/v1/customers/<any_text:number>/" in caplog.text


def test_celery_leaves_the_level_to_the_settings(monkeypatch):
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(app.log, "already_setup", False)
    app.log.setup(loglevel="CRITICAL", redirect_stdouts=True)
    assert (root.handlers, root.level) == (handlers, level)
