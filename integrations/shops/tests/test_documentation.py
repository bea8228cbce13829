"""The page of columns is what is declared, and every declaration is one that a file can meet."""

import pytest

from customers.imports.tables import TABLES
from integrations.shops.apis.platforms import APIS
from integrations.shops.databases.layouts import DATABASES
from integrations.shops.documentation import page, tables
from integrations.shops.files.layouts import PLATFORMS, all_layouts

LAYOUTS = {
    layout.name: layout
    for layout in (
        *all_layouts(),
        *(layout for platform in (*DATABASES, *APIS) for layout in platform.layouts),
    )
}
TABLE_COLUMNS = {table.name: table.columns for table in TABLES}


def test_page_shows_what_is_declared():
    assert page().read_text(encoding="utf-8").endswith(f"{tables()}\n")


@pytest.mark.parametrize("layout", [*LAYOUTS])
def test_declared_columns_are_columns_of_ours(layout):
    for one in LAYOUTS[layout].columns:
        is_free = one.column == "*" or one.column.startswith("attributes.")
        assert is_free or one.column in TABLE_COLUMNS[one.table], one


def test_layouts_are_named_by_their_platform():
    names = [
        (platform.name, one.family)
        for platform in (*PLATFORMS, *DATABASES, *APIS)
        for one in platform.layouts
    ]
    assert all(name == family for name, family in names)
