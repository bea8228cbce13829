"""The definition of a tool: its name, arguments, permissions and action."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from core.access.website_limits import is_limited
from core.problems import Invalid, Problem
from core.registries import Registry
from core.text.json_documents import can_be_stored
from mcp_server.caller import ApiCaller, has_address, refuses_limited
from mcp_server.confirmation import Plan, plan_or_confirm

Arguments = Mapping[str, Any]
Result = Mapping[str, Any]
Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string", "maxLength": 20_000}
CODE: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
CODES: Schema = {"type": "array", "items": CODE, "maxItems": 1_000}
YES_NO: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
CURSOR: Schema = {"type": "string", "maxLength": 1_000, "description": "`next` of a page."}
CONFIRM: Schema = {
    "type": "string",
    "maxLength": 1_000,
    "description": "The `confirm` of a dry run with the same arguments. Without it nothing is "
    "changed: the answer is a plan. Show the plan to a person before you confirm it.",
}


def limit(most: int, least: int = 1) -> Schema:
    """Return the schema of how many results a page has at most."""
    return {"type": "integer", "minimum": least, "maximum": most}


@dataclass(frozen=True)
class Tool:
    """One tool. A tool that changes something has `make_plan` and `act` instead of `run`.

    `needs` are the permissions, all of them. `addresses` are the API's addresses that it calls;
    where one is left out with its app, so is the tool. `at_most` is the number of results of a
    page without `limit`.
    """

    name: str
    description: str
    needs: Sequence[str]
    addresses: Sequence[str]
    arguments: Mapping[str, Schema]
    required: Sequence[str] = ()
    run: Callable[[ApiCaller, Arguments], Result] | None = None
    make_plan: Callable[[ApiCaller, Arguments, bool], Plan] | None = None
    act: Callable[[ApiCaller, Arguments, Plan], Result] | None = None
    at_most: int = 0
    schema: Schema = field(init=False)

    def __post_init__(self) -> None:
        if (self.run is None) != (self.make_plan is not None and self.act is not None):
            raise ImproperlyConfigured(f"{self.name}: either `run`, or `make_plan` and `act`")
        properties = {**self.arguments, **({} if self.run else {"confirm": CONFIRM})}
        schema = {
            "type": "object",
            "properties": properties,
            "required": list(self.required),
            "additionalProperties": False,
        }
        object.__setattr__(self, "schema", schema)

    def may_be_used_by(self, caller: ApiCaller) -> bool:
        """Return whether the caller has the permissions, and the app is installed.

        A caller who is limited to websites may use no tool whose calls refuse such users.
        """
        if not (caller.user.has_perms(self.needs) and all(map(has_address, self.addresses))):
            return False
        return not (is_limited(caller.user) and any(map(refuses_limited, self.addresses)))

    def as_json(self) -> dict[str, Any]:
        """Return the tool as `tools/list` shows it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": self.schema,
            "annotations": {
                "readOnlyHint": self.run is not None,
                "destructiveHint": False,
                "openWorldHint": False,
            },
        }

    def check(self, arguments: Arguments) -> None:
        """Raise Invalid where `arguments` are not those of the schema."""
        from jsonschema import Draft202012Validator

        found = list(Draft202012Validator(self.schema).iter_errors(arguments))
        problems = [Problem(_path(error.absolute_path), *_problem(error)) for error in found]
        if not all(map(can_be_stored, _texts(arguments))):
            problems.append(Problem("", "nul", _("There is a character that no text may have.")))
        if problems:
            raise Invalid(problems)

    def call(self, caller: ApiCaller, arguments: Arguments) -> Result:
        """Return the result of the tool; raises Refused, Invalid and ApiProblem."""
        if self.run is not None:
            return self.run(caller, arguments)
        make_plan, act = self.make_plan, self.act
        assert make_plan is not None and act is not None
        return plan_or_confirm(
            caller,
            self.name,
            arguments,
            lambda is_first: make_plan(caller, arguments, is_first),
            lambda plan: act(caller, arguments, plan),
        )


TOOLS: Registry[Tool] = Registry("tool for assistants")


def pick_fields(document: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the fields called `names` of a document."""
    return {name: document[name] for name in names}


def given_arguments(arguments: Arguments, *names: str) -> dict[str, Any]:
    """Return the arguments called `names` that are there."""
    return {name: arguments[name] for name in names if name in arguments}


def read_list_page(
    caller: ApiCaller, name: str, arguments: Arguments, shown: Sequence[str], filters: Sequence[str]
) -> Result:
    """Return a page of the list at the API's address `name`, 50 rows unless `limit` says more.

    The fields `shown` of each row, and the cursor of the next page. `filters` are the arguments
    that choose rows.
    """
    query = {"limit": 50, **given_arguments(arguments, *filters, "limit", "cursor")}
    if "is_active" in query:
        query["is_active"] = "true" if query["is_active"] else "false"
    reply = caller.get(name, query=query)
    return {
        "results": [pick_fields(one, shown) for one in reply.data["results"]],
        "next": reply.next_cursor,
    }


def _problem(error: Any) -> tuple[str, str]:
    match error.validator:
        case "additionalProperties":
            return "unknown_field", _("There is an argument that this tool does not have.")
        case "required":
            return "required", _("An argument is missing: %(names)s.") % {
                "names": ", ".join(
                    one for one in error.validator_value if one not in error.instance
                )
            }
        case "enum":
            text = _("One of %(allowed)s is needed here.")
            return "unknown_choice", text % {"allowed": ", ".join(error.validator_value)}
        case "minimum" | "maximum" | "minItems" | "maxItems" | "minLength" | "maxLength":
            return "out_of_range", _("It is too small or too large.")
        case _:
            return "invalid", _("It is not of the kind that this argument has.")


def _path(parts: Any) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from _texts(key)
            yield from _texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts(below)
