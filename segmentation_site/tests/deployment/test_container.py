"""The image and compose.yaml have every package, role and queue that the code has."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.conf import settings

from segmentation_site.workers.heartbeat import WorkerLife

ROOT = Path(settings.BASE_DIR)
ENTRY = (ROOT / "deploy/container/container-entry").read_text()
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
OURS = {name: one for name, one in SERVICES.items() if name not in ("db", "redis")}


def test_every_package_is_in_the_image() -> None:
    copied = re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    packages = {one.parent.name for one in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    assert packages - set(copied) == set()


def test_every_service_runs_a_role_and_every_queue_is_served() -> None:
    roles = re.findall(r"^    (\w+)\)", ENTRY, re.MULTILINE)
    assert {one["command"][0] for one in OURS.values()} <= set(roles)
    queues = [one["command"][2] for one in OURS.values() if one["command"][0] == "worker"]
    assert sorted(queues) == sorted(settings.CELERY_TASK_QUEUES)


def test_nothing_starts_before_the_migration_and_only_web_is_published() -> None:
    ended = {"migrate": {"condition": "service_completed_successfully"}}
    waiting = {name: one["depends_on"] for name, one in OURS.items() if name != "migrate"}
    assert waiting == dict.fromkeys(waiting, ended)
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert published == {"web": ["127.0.0.1:8000:8000"]}
    assert all(
        one["environment"]["SECRET_KEY"].startswith("${SECRET_KEY:?") for one in OURS.values()
    )
    assert all(one["read_only"] for one in OURS.values())


def test_a_worker_touches_its_file_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, repeated = tmp_path / "alive", []

    def call_repeatedly(seconds: float, call: Any) -> None:
        repeated.append((seconds, call))

    monkeypatch.setenv("ALIVE_FILE", str(file))
    monkeypatch.setattr("segmentation_site.workers.heartbeat.show_process", lambda role: None)
    WorkerLife(None).start(SimpleNamespace(timer=SimpleNamespace(call_repeatedly=call_repeatedly)))
    assert file.exists()
    file.unlink()
    ((seconds, call),) = repeated
    call()
    assert file.exists()
    assert seconds <= 30
