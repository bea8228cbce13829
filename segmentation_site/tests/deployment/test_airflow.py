"""The DAG file parses for Airflow 2 and 3, calls commands that exist, and deploys what passed."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

# The processes ask no database.
pytestmark = [pytest.mark.once, pytest.mark.exhaustive]
FILE = Path(settings.BASE_DIR) / "integrations" / "airflow" / "tranche_dags.py"


class Dag:
    """Stands for Airflow's DAG: what is created in its block belongs to it."""

    found: dict[str, "Dag"] = {}

    def __init__(self, name: str, **options: Any) -> None:
        self.options, self.tasks = options, {}
        self.found[name] = self

    def __enter__(self) -> "Dag":
        Task.dag = self
        return self

    def __exit__(self, *error: object) -> None:
        pass


class Task:
    """Stands for the BashOperator."""

    dag: Dag

    def __init__(self, task_id: str, **options: Any) -> None:
        self.name, self.options, self.after = task_id, options, []
        self.dag.tasks[task_id] = self

    def __rshift__(self, other: "Task") -> "Task":
        other.after.append(self.name)
        return other


@pytest.fixture(params=[2, 3])
def dags(request: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Dag]:
    """Return the DAGs of the file as a version of Airflow reads them."""
    names = {
        2: ("airflow", "airflow.operators.bash"),
        3: ("airflow.sdk", "airflow.providers.standard.operators.bash"),
    }[request.param]
    for name in names:
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            module = ".".join(parts[:end])
            monkeypatch.setitem(sys.modules, module, sys.modules.get(module, ModuleType(module)))
    sys.modules[names[0]].DAG = Dag
    sys.modules[names[1]].BashOperator = Task
    monkeypatch.setattr(Dag, "found", {})
    runpy.run_path(str(FILE))
    return Dag.found


def test_commands_exist_and_run_in_order(dags: dict[str, Dag]) -> None:
    segmentation, training = (
        dags[name].tasks for name in ("customer_segmentation_workflow", "model_training_dag")
    )
    assert [(one.name, one.after) for one in segmentation.values()] == [
        ("import", []),
        ("clean", ["import"]),
        ("score", ["clean"]),
        ("refresh", ["score"]),
        ("check", ["refresh"]),
    ]
    assert training["check_drift"].after == ["deploy_churn", "deploy_clv"]
    assert training["deploy_clv"].after == ["evaluate_clv"]
    assert training["evaluate_clv"].after == ["train_clv"]
    commands = get_commands()
    for task in [*segmentation.values(), *training.values()]:
        name, words = re.search(r"manage\.py  ?(\w+)([^;]*)", task.options["bash_command"]).groups()
        given = words.replace('"$version"', "1").replace('"$TRANCHE_SHOP"', "shop").split()
        load_command_class(commands[name], name).create_parser("manage.py", name).parse_args(given)
        assert task.options["skip_on_exit_code"] is None
    assert all(dag.options["max_active_runs"] == 1 for dag in dags.values())
    assert all(dag.options["default_args"]["retries"] == 2 for dag in dags.values())


@pytest.mark.parametrize(("gate", "called"), [("passed", "deploy_model clv 7\n"), ("failed", "")])
def test_only_what_passed_is_deployed(
    dags: dict[str, Dag], tmp_path: Path, gate: str, called: str
) -> None:
    (tmp_path / "manage.py").write_text(
        "import sys\nprint(*sys.argv[1:], file=open('called', 'a'))"
    )
    (tmp_path / "called").touch()
    environment = {
        **os.environ,
        "TRANCHE_HOME": str(tmp_path),
        "TRANCHE_PYTHON": sys.executable,
        "TRAINED": json.dumps({"number": 7, "gate": gate}),
    }
    command = dags["model_training_dag"].tasks["deploy_clv"].options["bash_command"]
    subprocess.run(["bash", "-c", command], env=environment, check=True, capture_output=True)
    assert (tmp_path / "called").read_text() == called
