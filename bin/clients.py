"""Typed clients of the API, generated from the OpenAPI description of this version."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from bin.api_changes import description, set_up

PACKAGE = "tranche_client"
# The generator works with this TypeScript, not with 7.
TYPESCRIPT = ("-p", "typescript@5.9.3", "-p", "@hey-api/openapi-ts@0.99.0")
# The generator of the Python client knows no type for these bodies.
OTHER_BODIES = {"text/csv": "application/octet-stream", "application/xml": "text/plain"}


def main(folder: Path) -> None:
    """Generate both clients below `folder`; exit with the status of a generator that fails."""
    set_up()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        generate_python(description(), folder)
        print(f"{folder / 'python'}: the package {PACKAGE}")
        if generate_typescript(folder):
            print(f"{folder / 'typescript'}: the TypeScript client")
        else:
            print("No TypeScript client: Node is not installed (npx).")
    except subprocess.CalledProcessError as error:
        print(error.stdout, file=sys.stderr)
        sys.exit(error.returncode)


def generate_python(schema: bytes, folder: Path) -> None:
    """Write the JSON `schema` to `folder`/openapi.json and its Python client to `folder`/python.

    Raises CalledProcessError, with what the generator printed, where it fails or warns.
    """
    document, config = folder / "openapi.json", folder / ".config.json"
    document.write_bytes(schema)
    names = {"project_name_override": "tranche-client", "package_name_override": PACKAGE}
    overrides = {"content_type_overrides": OTHER_BODIES, "post_hooks": []}
    config.write_text(json.dumps(names | overrides))
    options = f"generate --meta setup --fail-on-warning --overwrite --path {document}"
    command = [sys.executable, "-m", "openapi_python_client", *options.split()]
    _run([*command, "--config", str(config), "--output-path", str(folder / "python")])
    config.unlink()


def generate_typescript(folder: Path) -> bool:
    """Write the client of `folder`/openapi.json to `folder`/typescript; False without Node."""
    npx = shutil.which("npx")
    if npx is None:
        return False
    places = ["-i", str(folder / "openapi.json"), "-o", str(folder / "typescript")]
    _run([npx, "--yes", *TYPESCRIPT, "openapi-ts", *places, "--silent"])
    return True


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
