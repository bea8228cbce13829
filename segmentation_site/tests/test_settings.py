"""Settings: listed in the example file, enough by two variables, safe without DEBUG."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [pytest.mark.once, pytest.mark.exhaustive]

ROOT = Path(settings.BASE_DIR)


def settings_with(
    tmp_path: Path, expression: str, **environment: str
) -> subprocess.CompletedProcess:
    """Evaluate an expression over the settings in a process that has only this environment.

    The settings lie in a folder of their own, so that no .env of this checkout takes part.
    """
    package = tmp_path / "checkout" / "segmentation_site"
    if not package.exists():
        package.mkdir(parents=True)
        for name in ("__init__.py", "celery.py", "environment.py", "settings.py"):
            (package / name).write_bytes((ROOT / "segmentation_site" / name).read_bytes())
    return subprocess.run(
        [sys.executable, "-c", f"from segmentation_site import settings; print({expression})"],
        cwd=package.parent,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def value(tmp_path: Path, expression: str, **environment: str) -> str:
    done = settings_with(tmp_path, expression, **{"SECRET_KEY": "x", **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_example_file_lists_exactly_what_the_settings_read() -> None:
    code = (ROOT / "segmentation_site" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"|environ\.get\("(\w+)"', code))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE)
    assert sorted(listed) == sorted(one or other for one, other in read)
    assert len(set(listed)) == len(listed)


def test_the_examples_defaults_are_the_settings_own(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", example, re.MULTILINE)) | {"SECRET_KEY": "x"}
    expression = "{k: v for k, v in vars(settings).items() if k.isupper()}"
    assert value(tmp_path, expression, **given) == value(tmp_path, expression)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    done = settings_with(tmp_path, "1")
    assert done.returncode == 1
    assert "SECRET_KEY is missing" in done.stderr


def test_debugging_needs_no_key_and_is_off_by_default(tmp_path: Path) -> None:
    assert value(tmp_path, "settings.DEBUG") == "False"
    done = settings_with(tmp_path, "settings.DEBUG", DEBUG="1")
    assert done.stdout.strip() == "True"


def test_a_key_may_begin_with_a_dollar(tmp_path: Path) -> None:
    assert value(tmp_path, "settings.SECRET_KEY", SECRET_KEY="$x") == "$x"


def test_a_data_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "100% a+b #1?"
    expression = (
        "[settings.DATABASES['default']['NAME'],"
        " settings.CELERY_BROKER_TRANSPORT_OPTIONS['folder']]"
    )
    names = value(tmp_path, expression, DATA_DIR=str(folder))
    assert names == str([str(folder / "tranche.sqlite3"), str(folder / "queue")])
    assert folder.is_dir()


def test_database_and_broker_come_from_their_addresses(tmp_path: Path) -> None:
    expression = (
        "settings.DATABASES['default']['NAME'], settings.CELERY_BROKER_URL, "
        "hasattr(settings, 'CELERY_BROKER_TRANSPORT_OPTIONS')"
    )
    shown = value(
        tmp_path,
        expression,
        DATABASE_URL="postgres://u:p@db.example.com/shop",
        CELERY_BROKER_URL="redis://r.example.com/0",
    )
    assert shown == "shop redis://r.example.com/0 False"


def test_replicas_are_databases_beside_the_primary(tmp_path: Path) -> None:
    expression = "sorted((k, d['HOST']) for k, d in settings.DATABASES.items())"
    primary = "postgres://u:p@one.example.com/shop"
    others = "postgres://u:p@two.example.com/shop,postgres://u:p@three.example.com/shop"
    shown = value(tmp_path, expression, DATABASE_URL=primary, REPLICA_URLS=others)
    assert shown == str(
        [
            ("default", "one.example.com"),
            ("replica-1", "two.example.com"),
            ("replica-2", "three.example.com"),
        ]
    )
    assert value(tmp_path, "settings.DATABASE_ROUTERS", DATABASE_URL=primary) == "[]"
    done = settings_with(tmp_path, "1", SECRET_KEY="x", REPLICA_URLS=others)
    assert "only PostgreSQL has streaming replicas" in done.stderr


def test_nothing_is_amiss_where_it_is_deployed() -> None:
    given = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "".join(map(chr, range(40, 100))),
        "HTTPS_ONLY": "1",
        "TRUSTED_PROXIES": "10.0.0.1",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_https_is_all_or_nothing(tmp_path: Path) -> None:
    expression = "settings.HTTPS_ONLY, getattr(settings, 'SECURE_SSL_REDIRECT', False)"
    assert value(tmp_path, expression) == "False False"
    names = (
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
    )
    expression = ", ".join(f"settings.{name}" for name in names)
    assert value(tmp_path, expression, HTTPS_ONLY="1") == "True True True 3600"


def test_celery_speaks_json_only() -> None:
    from segmentation_site.celery import app

    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.result_backend is None


def test_every_scheduled_task_exists() -> None:
    from segmentation_site.celery import app

    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(app.tasks)


def test_a_worker_that_is_not_told_which_serves_every_queue_that_tasks_go_to() -> None:
    from segmentation_site.celery import app

    app.loader.import_default_modules()
    used = {app.amqp.router.route({}, name)["queue"].name for name in app.tasks}
    served = app.amqp.queues.consume_from
    names = (
        *("tranche", "tranche-refresh", "tranche-webhooks", "tranche-predictions"),
        "tranche-deep",
    )
    assert used == set(served) == set(names)
    # A message goes to one of them only.
    assert len({(queue.exchange.name, queue.routing_key) for queue in served.values()}) == 5


def test_an_engine_for_previews_needs_a_shop_snapshot(tmp_path: Path) -> None:
    engine, place = {"PREVIEW_ENGINE": "duckdb"}, {"SHOP_SNAPSHOT": "/shop"}
    assert value(tmp_path, "settings.PREVIEW_ENGINE", **engine, **place) == "duckdb"
    for given, named in ((engine, "needs SHOP_SNAPSHOT"), ({"PREVIEW_ENGINE": "x"}, "duckdb, or")):
        done = settings_with(tmp_path, "1", SECRET_KEY="x", **given)
        assert done.returncode == 1
        assert named in done.stderr


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("DUCKDB_MEMORY", ["abc", "0GB", "8", "101%", "-1GB"], ["8GB", "1.5 gib", "50%"]),
        ("DUCKDB_THREADS", ["-1", "abc", "1.5", "", "100000"], ["2"]),
        ("SHOP_SNAPSHOT_HOURS", ["0", "168.1", "1e99", "nan", "inf", "x26y", "1,5", ""], ["1e1"]),
        ("SPARK_OPTIONS", ["abc", "=x", "a=b", "spark.a=b,c"], ["spark.a=8g,spark.b=a=4"]),
        ("CHANGES_WAIT_DAYS", ["-1", "99999999999"], ["30"]),
        ("CHANGES_PER_PARTITION", ["999999", "9223372036854775807", ""], ["1000000"]),
        ("KEEP_EVENTS_DAYS", ["0", "-1", "999999999"], ["1"]),
        ("KEEP_CHANGES_DAYS", ["0", "-5", "800000"], ["36500"]),
        ("KEEP_AUDIT_DAYS", ["-1", "abc"], ["0"]),
    ],
)
def test_what_a_setting_cannot_be_is_refused_at_once_by_its_name(
    tmp_path: Path, name: str, wrong: list[str], right: list[str]
) -> None:
    for given in wrong:
        done = settings_with(tmp_path, "1", SECRET_KEY="x", **{name: given})
        assert done.returncode == 1, given
        assert f"ImproperlyConfigured: {name}" in done.stderr
    for given in right:
        assert value(tmp_path, f"settings.{name}", **{name: given})


def test_a_number_is_what_the_variable_says(tmp_path: Path) -> None:
    assert value(tmp_path, "settings.SHOP_SNAPSHOT_HOURS", SHOP_SNAPSHOT_HOURS="1e1") == "10.0"


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"$ecret\n\r\n")
    (tmp_path / "token").write_text("abc")
    (tmp_path / "latin").write_bytes(b"hidden\xff")
    files = {"SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}
    files["METRICS_TOKEN_FILE"] = str(tmp_path / "token")
    shown = value(tmp_path, "[settings.SECRET_KEY, settings.METRICS_TOKEN]", **files)
    assert shown == "['$ecret\\n', 'abc']"
    for wrong, named in (
        ({"SECRET_KEY": "x"}, "SECRET_KEY and SECRET_KEY_FILE are both set"),
        (
            {"EMAIL_URL_FILE": str(tmp_path / "none")},
            f"EMAIL_URL_FILE: cannot read {tmp_path}/none",
        ),
        ({"CACHE_URL_FILE": str(tmp_path / "latin")}, "CACHE_URL_FILE: cannot read"),
    ):
        done = settings_with(tmp_path, "1", **{**files, **wrong})
        assert done.returncode == 1
        assert f"ImproperlyConfigured: {named}" in done.stderr
        assert "hidden" not in done.stderr
