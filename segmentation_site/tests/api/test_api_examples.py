"""`docs/api-examples.md` does what it says: both programs are run as they are printed."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection

from tests.factories.ports import free_port

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="once is enough")
PAGE = settings.BASE_DIR / "docs" / "api-examples.md"
# Prints the key alone.
PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createsuperuser", interactive=False, username="boss", email="", verbosity=0)
call_command("create_api_token", "boss", expires=365, name="examples")
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


def printed(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(block)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return a function that runs a program with a token, beside a server and a worker."""
    tmp_path = tmp_path_factory.mktemp("examples")
    environment = os.environ | {
        "SECRET_KEY": "examples", "DATA_DIR": str(tmp_path), "DATABASE_URL": "",
        "CELERY_BROKER_URL": "", "DJANGO_SUPERUSER_PASSWORD": "examples",
    }  # fmt: skip
    processes = []

    def python(*command: str) -> list[str]:
        return [sys.executable, *command]

    def start(*command: str) -> None:
        processes.append(
            subprocess.Popen(python("-m", *command), cwd=settings.BASE_DIR, env=environment)
        )

    if template := os.environ.get("TEMPLATE_SQLITE"):
        shutil.copyfile(template, tmp_path / "tranche.sqlite3")
    key = subprocess.run(
        python("-c", PREPARE),
        cwd=settings.BASE_DIR,
        env=environment | {"DJANGO_SETTINGS_MODULE": "segmentation_site.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    try:
        bind = ["--bind", f"127.0.0.1:{port}", "--no-control-socket"]
        start("gunicorn", "segmentation_site.wsgi", "--threads", "4", *bind)
        start("celery", "--app", "segmentation_site", "worker", "--beat", "--pool", "threads",
              "--queues", "tranche,tranche-refresh")  # fmt: skip
        _wait_for(url)

        def run(*command: str) -> subprocess.CompletedProcess[str]:
            known = {"TRANCHE_URL": url, "TRANCHE_TOKEN": key}
            return subprocess.run(
                command, env=os.environ | known, capture_output=True, text=True, timeout=120
            )

        yield run
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _wait_for(url: str) -> None:
    for _try in range(1200):
        try:
            urllib.request.urlopen(f"{url}/api/v1/schema/").close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_the_calls_by_curl(run: Run) -> None:
    done = run("bash", "-euc", printed("bash"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"accepted":2' in done.stdout
    assert '"good-customers":true' in done.stdout
    assert '"path":"conditions[0].attribute"' in done.stdout
    assert '"name":"Our good customers"' in done.stdout
    assert "\nC-1001,ann@shop.example," in done.stdout.replace("}C-1001", "}\nC-1001")


def test_the_program_in_python(run: Run) -> None:
    events = (
        '[{"type": "customer.saved", "id": "e-1", "occurred_at": "2026-04-10T09:59:00Z",'
        ' "data": {"id": "C-1001", "email": "ann@shop.example"}}]'
    )
    call = printed("python").partition("\n\n\ndef members")[0]
    assert run(sys.executable, "-c", f"{call}\ncall('POST', 'events/', {events})").returncode == 0

    done = run(sys.executable, "-c", printed("python"))

    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith("saved: ")
    assert said[1] == "refreshed: completed"
    assert said[2] == "members: ['C-1001']"
    assert said[3].startswith("entered C-1001 go on from ")
    assert said[4] == "in it now: True"
