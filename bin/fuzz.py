"""A server with a small shop, and schemathesis that asks it: see bin/fuzz."""

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import psycopg
from environ import Env
from free_port import FIRST, is_free
from psycopg import sql

BIN = Path(__file__).resolve().parent
TOOLS = BIN.parent / ".venv-tools" / "bin"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
ONLY_401 = "only_401"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20, help="at most, for each operation")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with database() as url:
        os.environ["DATABASE_URL"] = url
        known = json.loads(python("bin/fuzz_shop.py").splitlines()[-1])
        with server() as site:
            failed = [
                ask(site, known, options, "with a token", f"Authorization: Token {known['key']}"),
                ask(site, known, options, "without a token"),
            ]
    sys.exit(any(failed))


def ask(
    site: str, known: dict[str, str], options: argparse.Namespace, name: str, *headers: str
) -> bool:
    """Run schemathesis over the whole description, and say whether it found something."""
    print(f"\n=== {name}", flush=True)
    checks = CHECKS if headers else (*CHECKS, ONLY_401)
    run = subprocess.run(
        [
            str(TOOLS / "schemathesis"), "run", f"{site}/api/v1/schema/",
            "--checks", ",".join(checks), "--phases", "examples,coverage,fuzzing",
            "--max-examples", str(options.examples), "--seed", str(options.seed),
            "--workers", "2", "--continue-on-failure", "--warnings", "off",
            "--generation-database", "none", "--suppress-health-check", "all",
            "--request-timeout", "60",
            *(word for header in headers for word in ("--header", header)),
        ],
        env={
            **os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "FUZZ_KNOWN": json.dumps(known),
            "PYTHONPATH": str(BIN),
        },
        # Schemathesis leaves files of its findings in the working directory.
        cwd=os.environ["DATA_DIR"],
        check=False,
    )  # fmt: skip
    return run.returncode != 0


def python(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@contextmanager
def database() -> Iterator[str]:
    """Yield the address of an empty database, which is gone afterwards."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url:
        yield ""
        return
    parts = Env.db_url_config(url)
    name = sql.Identifier(f"{parts['NAME']}_fuzz")
    with psycopg.connect(
        host=parts["HOST"], port=parts["PORT"] or 5432, user=parts["USER"],
        password=parts["PASSWORD"], dbname="postgres", autocommit=True,
    ) as connection:  # fmt: skip
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield re.sub(r"(/[^/?]*)(\?.*)?$", r"\1_fuzz\2", url)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def server() -> Iterator[str]:
    port = next(port for port in range(FIRST + 500, FIRST + 1000) if is_free(port))
    bound = ["--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", "segmentation_site.wsgi", "--threads", "4"]
    # No limits: gunicorn's own response to a long address is not in the API's description.
    lengths = ["--limit-request-line", "0", "--limit-request-field_size", "0"]
    with subprocess.Popen([*command, "--workers", "2", *bound, *lengths]) as process:
        try:
            wait_for(process, f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(process: subprocess.Popen[bytes], site: str) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{site}/api/v1/schema/").close()
            return
        except (URLError, ConnectionError):
            continue
    sys.exit("The server ended.")


if __name__ == "__main__":
    main()
