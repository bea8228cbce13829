"""Airflow DAGs that run the commands of Tranche: copy this file into your DAG folder.

Airflow 2.9 to 3, classic operators only; nothing of Tranche is imported, so Airflow may have its
own Python. Settings of the worker's environment: TRANCHE_HOME, the folder with manage.py;
TRANCHE_PYTHON, its Python (default: .venv/bin/python in that folder); TRANCHE_SHOP, a folder for
`import_shop`; TRANCHE_MODELS, the codes of the models to train (default: churn clv).

A command's exit status is the task's: 0 succeeds, everything else fails and is tried twice more.
"""

import os
from datetime import UTC, datetime, timedelta

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.bash import BashOperator

MANAGE = '"${TRANCHE_PYTHON:-.venv/bin/python}" manage.py '
# Reads the line that `train_model --json` printed; a version that fails its gate stays undeployed.
PASSED = (
    '"${TRANCHE_PYTHON:-.venv/bin/python}" -c '
    '\'import json, os; trained = json.loads(os.environ["TRAINED"]); '
    'print(trained["number"] if trained["gate"] == "passed" else "")\''
)
DEFAULTS = {"owner": "tranche", "retries": 2, "retry_delay": timedelta(minutes=5)}
ONE_RUN = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": 1,
    "default_args": DEFAULTS,
    "tags": ["tranche"],
}


def run(name: str, command: str, **environment: str) -> BashOperator:
    """Return the task that runs a shell command in TRANCHE_HOME."""
    return BashOperator(
        task_id=name,
        bash_command=f'cd "$TRANCHE_HOME" && {command}',
        env=environment,
        append_env=True,
        skip_on_exit_code=None,
    )


with DAG("customer_segmentation_workflow", schedule="0 2 * * *", **ONE_RUN) as segmentation:
    (
        run("import", f'{MANAGE} import_shop "$TRANCHE_SHOP" --yes')
        >> run("clean", f"{MANAGE} purge")
        >> run("score", f"{MANAGE} score_customers")
        >> run("refresh", f"{MANAGE} refresh_segments --all")
        >> run("check", f"{MANAGE} check_segments")
    )

with DAG("model_training_dag", schedule="0 4 * * 0", **ONE_RUN) as training:
    drift = run("check_drift", f"{MANAGE} check_drift")
    for code in os.environ.get("TRANCHE_MODELS", "churn clv").split():
        deploy = (
            f'version=$({PASSED}) && if [ -n "$version" ]; then '
            f'{MANAGE} deploy_model {code} "$version"; '
            "else echo 'The gate did not pass: nothing is deployed.'; fi"
        )
        (
            run(f"train_{code}", f"{MANAGE} train_model {code} --json")
            >> run(f"evaluate_{code}", f"{MANAGE} evaluate_model {code}")
            >> run(
                f"deploy_{code}",
                deploy,
                TRAINED=f"{{{{ ti.xcom_pull(task_ids='train_{code}') }}}}",
            )
            >> drift
        )
