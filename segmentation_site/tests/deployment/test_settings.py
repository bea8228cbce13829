"""Settings: listed in the example file, enough by two variables, safe without DEBUG."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

# The processes ask no database.
pytestmark = [pytest.mark.once, pytest.mark.exhaustive]

ROOT = Path(settings.BASE_DIR)
# Loads the libraries of the settings, which takes half a second, and forks for each program.
FORKS = """
import json, os, sys, traceback
import celery.app.base, celery.schedules, celery.signals, django_stubs_ext, environ
for line in sys.stdin:
    given = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    os.chdir(given["folder"])
    os.environ.clear()
    os.environ.update(given["environment"])
    for number, name in enumerate(given["files"], 1):
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), number)
    try:
        exec(given["program"])
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    sys.stdout.flush()
    # To end as usual takes ten times as long as the program.
    os._exit(0)
"""
Evaluate = Callable[..., subprocess.CompletedProcess[str]]
Value = Callable[..., str]


@pytest.fixture(scope="module")
def forks() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", FORKS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.fixture
def evaluate(forks: subprocess.Popen[str], tmp_path: Path) -> Evaluate:
    """Return what evaluates an expression over the settings in a process.

    The process has the given environment alone. The settings lie in a folder of their own, so that
    no .env of this checkout takes part.
    """
    package = tmp_path / "checkout" / "segmentation_site"
    package.mkdir(parents=True)
    for name in ("__init__.py", "celery.py", "environment.py", "settings.py"):
        (package / name).write_bytes((ROOT / "segmentation_site" / name).read_bytes())
    files = [tmp_path / "stdout", tmp_path / "stderr"]

    def evaluate(expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {
            "program": f"from segmentation_site import settings; print({expression})",
            "environment": {"PATH": os.environ["PATH"], **environment},
            "folder": str(package.parent),
            "files": [str(file) for file in files],
        }
        assert forks.stdin is not None and forks.stdout is not None
        print(json.dumps(given), file=forks.stdin, flush=True)
        status = int(forks.stdout.readline())
        return subprocess.CompletedProcess(
            expression, status, *(file.read_text(encoding="utf-8") for file in files)
        )

    return evaluate


@pytest.fixture
def value(evaluate: Evaluate) -> Value:
    """Return what evaluates as `evaluate` does, with a key, and returns what is printed."""

    def value(expression: str, **environment: str) -> str:
        done = evaluate(expression, **{"SECRET_KEY": "x", **environment})
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return value


def test_the_example_file_lists_exactly_what_the_settings_read() -> None:
    code = (ROOT / "segmentation_site" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"|environ\.get\("(\w+)"', code))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE)
    assert sorted(listed) == sorted(one or other for one, other in read)
    assert len(set(listed)) == len(listed)


def test_the_examples_defaults_are_the_settings_own(value: Value) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", example, re.MULTILINE)) | {"SECRET_KEY": "x"}
    expression = "{k: v for k, v in vars(settings).items() if k.isupper()}"
    assert value(expression, **given) == value(expression)


def test_a_missing_key_is_named(evaluate: Evaluate) -> None:
    done = evaluate("1")
    assert done.returncode == 1
    assert "SECRET_KEY is missing" in done.stderr


def test_debugging_needs_no_key_and_is_off_by_default(value: Value, evaluate: Evaluate) -> None:
    assert value("settings.DEBUG") == "False"
    done = evaluate("settings.DEBUG", DEBUG="1")
    assert done.stdout.strip() == "True"


def test_a_key_may_begin_with_a_dollar(value: Value) -> None:
    assert value("settings.SECRET_KEY", SECRET_KEY="$x") == "$x"


def test_a_data_folder_may_have_any_name(value: Value, tmp_path: Path) -> None:
    folder = tmp_path / "100% a+b #1?"
    expression = (
        "[settings.DATABASES['default']['NAME'],"
        " settings.CELERY_BROKER_TRANSPORT_OPTIONS['folder']]"
    )
    names = value(expression, DATA_DIR=str(folder))
    assert names == str([str(folder / "tranche.sqlite3"), str(folder / "queue")])
    assert folder.is_dir()


def test_database_and_broker_come_from_their_addresses(value: Value) -> None:
    expression = (
        "settings.DATABASES['default']['NAME'], settings.CELERY_BROKER_URL, "
        "hasattr(settings, 'CELERY_BROKER_TRANSPORT_OPTIONS')"
    )
    shown = value(
        expression,
        DATABASE_URL="postgres://u:p@db.example.com/shop",
        CELERY_BROKER_URL="redis://r.example.com/0",
    )
    assert shown == "shop redis://r.example.com/0 False"


def test_replicas_are_databases_beside_the_primary(value: Value, evaluate: Evaluate) -> None:
    expression = "sorted((k, d['HOST']) for k, d in settings.DATABASES.items())"
    primary = "postgres://u:p@one.example.com/shop"
    others = "postgres://u:p@two.example.com/shop,postgres://u:p@three.example.com/shop"
    shown = value(expression, DATABASE_URL=primary, REPLICA_URLS=others)
    assert shown == str(
        [
            ("default", "one.example.com"),
            ("replica-1", "two.example.com"),
            ("replica-2", "three.example.com"),
        ]
    )
    assert value("settings.DATABASE_ROUTERS", DATABASE_URL=primary) == "[]"
    done = evaluate("1", SECRET_KEY="x", REPLICA_URLS=others)
    assert "only PostgreSQL has streaming replicas" in done.stderr


@pytest.mark.exhaustive
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


def test_https_is_all_or_nothing(value: Value) -> None:
    expression = "settings.HTTPS_ONLY, getattr(settings, 'SECURE_SSL_REDIRECT', False)"
    assert value(expression) == "False False"
    names = (
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
    )
    expression = ", ".join(f"settings.{name}" for name in names)
    assert value(expression, HTTPS_ONLY="1") == "True True True 3600"


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


def test_an_engine_for_previews_needs_a_shop_snapshot(value: Value, evaluate: Evaluate) -> None:
    engine, place = {"PREVIEW_ENGINE": "duckdb"}, {"SHOP_SNAPSHOT": "/shop"}
    assert value("settings.PREVIEW_ENGINE", **engine, **place) == "duckdb"
    for given, named in ((engine, "needs SHOP_SNAPSHOT"), ({"PREVIEW_ENGINE": "x"}, "duckdb, or")):
        done = evaluate("1", SECRET_KEY="x", **given)
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
    value: Value, evaluate: Evaluate, name: str, wrong: list[str], right: list[str]
) -> None:
    for given in wrong:
        done = evaluate("1", SECRET_KEY="x", **{name: given})
        assert done.returncode == 1, given
        assert f"ImproperlyConfigured: {name}" in done.stderr
    for given in right:
        assert value(f"settings.{name}", **{name: given})


def test_a_number_is_what_the_variable_says(value: Value) -> None:
    assert value("settings.SHOP_SNAPSHOT_HOURS", SHOP_SNAPSHOT_HOURS="1e1") == "10.0"


def test_secrets_come_from_files(value: Value, evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"$ecret\n\r\n")
    (tmp_path / "token").write_text("abc")
    (tmp_path / "latin").write_bytes(b"hidden\xff")
    files = {"SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}
    files["METRICS_TOKEN_FILE"] = str(tmp_path / "token")
    shown = value("[settings.SECRET_KEY, settings.METRICS_TOKEN]", **files)
    assert shown == "['$ecret\\n', 'abc']"
    for wrong, named in (
        ({"SECRET_KEY": "x"}, "SECRET_KEY and SECRET_KEY_FILE are both set"),
        (
            {"EMAIL_URL_FILE": str(tmp_path / "none")},
            f"EMAIL_URL_FILE: cannot read {tmp_path}/none",
        ),
        ({"CACHE_URL_FILE": str(tmp_path / "latin")}, "CACHE_URL_FILE: cannot read"),
    ):
        done = evaluate("1", **{**files, **wrong})
        assert done.returncode == 1
        assert f"ImproperlyConfigured: {named}" in done.stderr
        assert "hidden" not in done.stderr
