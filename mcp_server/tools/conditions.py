"""Tools that find conditions: attributes, their values, and the meanings of a sentence."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language

from conditions import registry
from core.access.personal import Kind
from core.text.folding import fold
from mcp_server.caller import ApiCaller
from mcp_server.tools.segments import MEMBERS, PREVIEW, read_text
from mcp_server.tools.tool import CODE, TEXT, Arguments, Result, Tool, given_arguments, limit

# Values that show how a condition is written, by the type that it compares.
EXAMPLES: Mapping[str, Any] = {
    "number": "10",
    "money": "100",
    "integer": 2,
    "boolean": True,
    "date": "2026-01-31",
    "datetime": "2026-01-31T00:00:00Z",
}
PART: Mapping[str, str] = {"salt": "any", "from": "0", "to": "10"}


def _search(caller: ApiCaller, arguments: Arguments) -> Result:
    document = caller.get("conditions").data
    words = fold(arguments["words"]).split()
    scored = []
    for index, (found, texts) in enumerate(entries(document)):
        score = _score(words, fold(found["label"]), fold(" ".join(texts)))
        if score:
            scored.append((-score, index, found))
    most = arguments.get("limit", 20)
    results = [found for _score, _index, found in sorted(scored)[:most]]
    return {"results": [one | {"example": example_of(one, document, caller)} for one in results]}


def _score(words: list[str], label: str, text: str) -> float:
    """Return how well an entry fits; words of its label count double, those in no text nothing."""
    score = 0.0
    for word in words:
        # "orders" finds "order", and "ordered" too.
        stem = word[:-1] if len(word) > 4 else word
        if stem in label:
            score += 2
        elif stem in text:
            score += 1
    return score


def entries(document: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield what conditions may be about, each with the texts that it is found by."""
    names = _names()
    families: dict[str, str] = {}
    for family in document["families"]:
        for code in (*family["attributes"], *family["relations"]):
            families[code] = family["label"]
    for name, relation in document["relations"].items():
        found = {
            "relation": name,
            "label": relation["label"],
            "type": "rows",
            "operators": [one["name"] for one in document["aggregates"]],
        }
        texts = [name, families.get(name, ""), *_leaves(relation["phrases"]), *names.get(name, ())]
        yield found, texts
    for code, attribute in document["attributes"].items():
        type_ = document["types"][attribute["type"]]
        found = {
            "attribute": code,
            "label": attribute["title"] or attribute["label"],
            "type": attribute["type"],
            "operators": [one["name"] for one in type_["operators"]],
        }
        texts = [code, families.get(code, ""), *_leaves(attribute["phrases"])]
        yield found, [*texts, *names.get(code, ())]


def _names() -> dict[str, list[str]]:
    """Return what merchants call things, in English and in the reader's language."""
    found: dict[str, list[str]] = {}
    for language in {"en", (get_language() or "en")[:2]}:
        for key, name in registry.names_in(language):
            found.setdefault(key.partition(":")[0].partition("=")[0], []).append(name)
    return found


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)


def example_of(
    found: Mapping[str, Any], document: Mapping[str, Any], caller: ApiCaller
) -> dict[str, Any]:
    """Return a condition about what was found, which a rule tree may have as it stands."""
    if "relation" in found:
        return {"relation": found["relation"], "aggregate": "exists"}
    code = found["attribute"]
    attribute, type_ = document["attributes"][code], document["types"][found["type"]]
    takes = {one["name"]: one["takes"] for one in type_["operators"]}
    operator = attribute["usual"]
    kind = takes.get(operator)
    value = document["usual_values"].get(kind)
    if kind == "part":
        value = PART
    elif value is None and kind in {"one", "list"}:
        one = _value_of(code, attribute, caller)
        value = [one] if kind == "list" and one is not None else one
    if value is None and "is_not_empty" in takes and not attribute["always_known"]:
        return {"attribute": code, "operator": "is_not_empty"}
    return {"attribute": code, "operator": operator, "value": "..." if value is None else value}


def _value_of(code: str, attribute: Mapping[str, Any], caller: ApiCaller) -> Any:
    """Return a value that an attribute may have, None where the shop decides and has none yet."""
    choices = attribute["choices"]
    if choices is None:
        return EXAMPLES.get(attribute["type"])
    options = choices["options"]
    if not options:
        query = {"attribute": code}
        options = caller.get("values", query=query, without=[MEMBERS]).data
    return options[0]["value"] if options else None


def _values(caller: ApiCaller, arguments: Arguments) -> Result:
    attribute = registry.find_attribute(arguments["attribute"])
    without: list[str] = []
    if attribute and attribute.kind is not Kind.OPEN and not caller.sees_personal_data:
        # The API shows names and e-mail addresses to every user who may see members; this token
        # may not see personal data.
        without = [MEMBERS]
    query = given_arguments(arguments, "attribute", "q")
    return {"results": list(caller.get("values", query=query, without=without).data)}


def _read(caller: ApiCaller, arguments: Arguments) -> Result:
    return read_text(caller, arguments["text"], arguments.get("language"))


OURS = (
    Tool(
        "conditions_search",
        "Find what conditions can be about, by words such as “last order”, each with an example.",
        [PREVIEW],
        ["conditions"],
        {"words": {**TEXT, "minLength": 1}, "limit": limit(20)},
        ["words"],
        run=_search,
        at_most=20,
    ),
    Tool(
        "conditions_values",
        "List values that an attribute may be compared with; `q` is a part of the value.",
        [PREVIEW],
        ["values"],
        {"attribute": CODE, "q": TEXT},
        ["attribute"],
        run=_values,
    ),
    Tool(
        "conditions_read",
        "Read a sentence in English, German or French as rule trees: all that it may mean.",
        [PREVIEW],
        ["read"],
        {"text": TEXT, "language": {"enum": ["en", "de", "fr"]}},
        ["text"],
        run=_read,
    ),
)
