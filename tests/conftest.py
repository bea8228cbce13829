"""The example app's tests: they share the fixtures of Tranche's own tests.

They run with tests/pytest.ini, which makes this folder the root: pytest loads no conftest above it.
"""

pytest_plugins = [
    "tests.factories.clients",
    "tests.factories.customers",
    "tests.factories.rows",
    "tests.factories.segments",
    "tests.factories.speed",
    "tests.template_database",
]
