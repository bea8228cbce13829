"""Each statement has its code, and what old code endures has none."""

import pytest

from core.database.upgrades.statements import read_statement, split_statements
from core.database.upgrades.tables import Tables

CODES = {
    "CREATE INDEX i ON shop_order (a)": ["index_not_concurrent"],
    "CREATE UNIQUE INDEX i ON shop_order (a)": ["index_not_concurrent"],
    "CREATE INDEX CONCURRENTLY i ON shop_order (a)": [],
    "CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP TABLE t": [],
    "ALTER TABLE shop_order ALTER COLUMN a TYPE bigint USING a::bigint": ["rewrites_table"],
    "ALTER TABLE shop_order ALTER COLUMN short TYPE varchar(20)": [],
    "ALTER TABLE shop_order ALTER COLUMN short TYPE text USING short::text": [],
    "ALTER TABLE shop_order ALTER COLUMN short TYPE varchar(5)": ["rewrites_table"],
    "ALTER TABLE shop_order ALTER COLUMN short TYPE text USING upper(short)": ["rewrites_table"],
    # Another collation builds the column's indexes again.
    'ALTER TABLE shop_order ALTER COLUMN short TYPE text COLLATE "C"': ["rewrites_table"],
    'ALTER TABLE shop_order ALTER COLUMN sorted TYPE text COLLATE "C"': [],
    "ALTER TABLE shop_order ALTER COLUMN sorted TYPE text": ["rewrites_table"],
    "ALTER TABLE shop_order ADD COLUMN b uuid DEFAULT gen_random_uuid() NOT NULL": [
        "rewrites_table"
    ],
    "ALTER TABLE shop_order ADD COLUMN b text DEFAULT 'f(x), NOT NULL' NULL": [],
    "ALTER TABLE shop_order ADD COLUMN b timestamptz DEFAULT now() NOT NULL": [],
    "ALTER TABLE shop_order ADD COLUMN b int DEFAULT 0 NOT NULL; ALTER TABLE shop_order"
    " ALTER COLUMN b DROP DEFAULT": ["column_without_database_default"],
    "ALTER TABLE shop_order ADD COLUMN b int NOT NULL": ["column_without_database_default"],
    "ALTER TABLE shop_order ADD COLUMN b int NULL": [],
    "ALTER TABLE shop_order ADD COLUMN b int NULL CHECK (b >= 0)": ["constraint_validates"],
    "ALTER TABLE shop_order ADD COLUMN b int NULL REFERENCES t (id)": [],
    "ALTER TABLE shop_order ADD COLUMN b int NULL UNIQUE": ["unique_without_index"],
    "ALTER TABLE shop_order ADD CONSTRAINT c CHECK (a > 0)": ["constraint_validates"],
    "ALTER TABLE shop_order ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES t (id)": [
        "constraint_validates"
    ],
    # In one transaction the lock of the first lasts while the second reads every row.
    "ALTER TABLE shop_order ADD CONSTRAINT c CHECK (a > 0) NOT VALID;"
    " ALTER TABLE shop_order VALIDATE CONSTRAINT c": ["constraint_validates"],
    "ALTER TABLE shop_order ADD CONSTRAINT c UNIQUE (a)": ["unique_without_index"],
    "ALTER TABLE shop_order ADD CONSTRAINT c UNIQUE USING INDEX i": [],
    "ALTER TABLE shop_order ALTER COLUMN a SET NOT NULL": ["not_null_without_check"],
    "ALTER TABLE shop_order ALTER a DROP NOT NULL, ALTER a SET DEFAULT 1": [],
    "ALTER TABLE shop_order RENAME COLUMN a TO b": ["renames"],
    'ALTER TABLE "shop_order" RENAME TO "shop_orders"': ["renames"],
    "ALTER TABLE shop_order DROP COLUMN a CASCADE, DROP CONSTRAINT c": ["drops", "drops"],
    "DROP INDEX CONCURRENTLY IF EXISTS i": ["drops"],
    "DROP TRIGGER x ON shop_order": ["drops"],
    "LOCK TABLE shop_order": ["locks_table"],
    "TRUNCATE shop_order": ["locks_table"],
    "-- DROP TABLE x\nUPDATE shop_order SET a = 1": ["data_in_transaction"],
    "DELETE FROM shop_order WHERE a = 1": ["data_in_transaction"],
    "DO $$ BEGIN PERFORM 1; END $$": ["unknown_sql"],
    "COMMENT ON TABLE shop_order IS 'x'": [],
}


@pytest.mark.parametrize("sql", [pytest.param(sql, id=sql[:60]) for sql in CODES])
@pytest.mark.every_case
def test_a_statement_has_its_code(sql):
    types = {"short": "varchar(10)", "sorted": "varchar(10) COLLATE C"}
    tables = Tables(type_of=lambda table, column: types.get(column, "integer"))
    found = [one for each in split_statements(sql) for one in read_statement(each, tables)]
    assert [one.code.value for one in found] == CODES[sql]


def test_a_validated_check_lets_a_column_become_not_null_for_contract():
    tables = Tables(is_atomic=False)
    for sql in (
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT c",
    ):
        assert list(read_statement(sql, tables)) == []
    (found,) = read_statement("ALTER TABLE t ALTER COLUMN a SET NOT NULL", tables)
    assert [kind.value for kind in found.kinds] == ["contract", "offline"]
