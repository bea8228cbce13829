"""Attributes of Magento's entities: the places of their values, and their conversion."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from customers.models import AttributeType
from integrations.shops.converting.conversion import Conversion
from integrations.shops.databases.source import DatabaseSource, pivot
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import list_element, round_cell

IS_CODE = re.compile(r"[A-Za-z0-9_]{1,60}").fullmatch
CUSTOM = "attributes."
BACKENDS = ("varchar", "int", "decimal", "datetime", "text")
TRUE_VALUES = {"0": "false", "1": "true"}


@dataclass(frozen=True)
class Attribute:
    """An attribute of customers, addresses, categories or products."""

    number: str
    code: str
    backend: str
    input: str
    label: str
    is_custom: bool
    is_boolean: bool
    # The labels of store 0 by the numbers of options.
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The type of our custom attribute."""
        if self.is_boolean:
            return AttributeType.BOOLEAN
        if self.input == "select" and self.options:
            return AttributeType.CHOICE
        if self.input in ("date", "datetime") or self.backend == "datetime":
            return AttributeType.DATE
        if self.input not in ("select", "multiselect") and self.backend in ("int", "decimal"):
            return AttributeType.NUMBER
        return AttributeType.TEXT

    def value(self, cell: str) -> str:
        """Return a stored value as our files write it."""
        match self.type:
            case AttributeType.BOOLEAN:
                return TRUE_VALUES.get(cell, "")
            case AttributeType.CHOICE:
                return list_element(self.options.get(cell, ""))
            case AttributeType.DATE:
                return cell[:10]
            case AttributeType.TEXT if self.input == "multiselect":
                numbers = (one.strip() for one in cell.split(","))
                labels = (self.options.get(one, "") for one in numbers)
                return ", ".join(filter(None, map(list_element, labels)))
            case AttributeType.NUMBER:
                return round_cell(cell)
        return cell


class Attributes:
    """The attributes of one kind of entity, whose rows are in the table `entity`."""

    def __init__(self, source: DatabaseSource, kind: str, entity: str) -> None:
        self._source, self._entity = source, entity
        model = source.column("eav_attribute", "source_model", "a")
        rows = source.rows(
            "SELECT a.attribute_id, a.attribute_code, a.backend_type, a.frontend_input,"
            f" a.frontend_label, a.is_user_defined, {model} FROM"
            f" {source.table('eav_attribute')} AS a JOIN {source.table('eav_entity_type')} AS e"
            f" ON e.entity_type_id = a.entity_type_id WHERE e.entity_type_code = '{kind}'"
            " ORDER BY a.attribute_id"
        )
        options = self._options([row[0] for row in rows])
        self.by_code = {
            code: Attribute(
                number,
                code,
                backend,
                kind_of_input,
                label or code,
                is_custom == "1",
                kind_of_input == "boolean" or "boolean" in source_model.lower(),
                options.get(number, {}),
            )
            for number, code, backend, kind_of_input, label, is_custom, source_model in rows
            if IS_CODE(code)
        }
        self.custom = [one for one in self.by_code.values() if one.is_custom]

    def _options(self, numbers: Iterable[str]) -> dict[str, dict[str, str]]:
        source = self._source
        found: dict[str, dict[str, str]] = {}
        among = ", ".join(numbers)
        if not among:
            return found
        for attribute, option, label in source.rows(
            "SELECT o.attribute_id, o.option_id, v.value FROM"
            f" {source.table('eav_attribute_option')} AS o JOIN"
            f" {source.table('eav_attribute_option_value')} AS v ON v.option_id = o.option_id"
            f" WHERE v.store_id = 0 AND o.attribute_id IN ({among})"
            " ORDER BY o.attribute_id, o.sort_order, o.option_id"
        ):
            found.setdefault(attribute, {})[option] = label
        return found

    def columns(
        self, *codes: str, has_custom: bool = False, alias: str = "t", only: str = "TRUE"
    ) -> tuple[dict[str, str], str]:
        """Return SQL of the values of these attributes by their codes, and the joins needed.

        With `has_custom` those of custom attributes are there as `attributes.<code>`. `alias` is
        what the entity's table is called, `only` a condition that values `p` have.
        """
        wanted = {code: code for code in codes}
        if has_custom:
            wanted.update({f"{CUSTOM}{one.code}": one.code for one in self.custom})
        more: dict[str, str] = {}
        tables: dict[str, dict[str, str]] = {}
        for name, code in wanted.items():
            attribute = self.by_code.get(code)
            if attribute is not None and attribute.backend in BACKENDS:
                table = f"{self._entity}_{attribute.backend}"
                tables.setdefault(table, {})[name] = attribute.number
            elif self._source.has(self._entity, code):
                more[name] = f"{alias}.`{code}`"
        joins = ""
        for number, (table, values) in enumerate(tables.items()):
            if not self._source.has(table):
                continue
            owner = "row_id" if self._source.has(table, "row_id") else "entity_id"
            columns, join = pivot(
                self._source,
                table,
                owner,
                values,
                alias=f"{alias}_{number}",
                on=f"{alias}.`{owner}`",
                where=f"p.store_id = 0 AND {only}" if self._source.has(table, "store_id") else only,
            )
            more.update(columns)
            joins += join
        return more, joins

    def write(self, conversion: Conversion, table: str) -> None:
        """Write the custom attributes to our file `table`."""
        output = conversion.open_table(table, [], ("code", "label", "type", "options"))
        for one in self.custom:
            labels = dict.fromkeys(map(list_element, one.options.values()))
            values = {
                "code": one.code,
                "label": one.label,
                "type": one.type,
                "options": "|".join(labels) if one.type == AttributeType.CHOICE else "",
            }
            output.write(values, -1, 0)

    def columns_of_ours(self) -> list[str]:
        """Return the columns of our file that custom attributes have."""
        return [f"{CUSTOM}{one.code}" for one in self.custom]

    def values(self, row: SourceRow) -> dict[str, str]:
        """Return the values of a row's custom attributes by the columns of our file."""
        return {
            f"{CUSTOM}{one.code}": one.value(row[f"{CUSTOM}{one.code}".lower()])
            for one in self.custom
        }


def valid_now(source: DatabaseSource, entity: str) -> str:
    """Return the SQL condition that a row of `t` is the one valid now, by Adobe's staging."""
    if not source.has(entity, "row_id", "created_in", "updated_in"):
        return ""
    return "t.created_in <= UNIX_TIMESTAMP() AND t.updated_in > UNIX_TIMESTAMP()"
