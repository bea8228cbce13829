"""Changes that break callers of the released API: calls and fields removed, required or changed.

`python -m bin.api_changes` stores today's description as the released one.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RELEASED = ROOT / "docs" / "openapi-released.json"
METHODS = ("get", "post", "put", "patch", "delete")
# Keywords for the type of a value, besides its fields; a new choice in a response breaks nobody.
KEYWORDS = ("type", "format", "const")


def main() -> None:
    """Store today's description; to be run when a version is released."""
    set_up()
    RELEASED.write_text(comparable_text(todays()), encoding="utf-8")


def set_up() -> None:
    """Load the product, in a process that is no command of Django's."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    django.setup()


def todays() -> dict[str, Any]:
    """Return the description of the code as it is, as plain JSON."""
    found: dict[str, Any] = json.loads(description())
    return found


def description() -> bytes:
    """Return the OpenAPI description of the code as it is, as JSON."""
    from drf_spectacular.renderers import OpenApiJsonRenderer

    from core.api.openapi.documents import schema_in

    rendered: bytes = OpenApiJsonRenderer().render(schema_in("en"))
    return rendered


def comparable_text(schema: dict[str, Any]) -> str:
    """Return the compared parts of a description, one component or path to a line."""
    plain = _without_texts({name: schema[name] for name in ("paths", "components")})
    paths, shapes = plain["paths"], plain["components"]["schemas"]
    schemas = f'{{"schemas": {{\n{_lines(shapes)}\n}}}}'
    return f'{{"paths": {{\n{_lines(paths)}\n}}, "components": {schemas}}}\n'


def _lines(values: dict[str, Any]) -> str:
    return ",\n".join(
        f"{json.dumps(name)}: {json.dumps(value, sort_keys=True)}"
        for name, value in sorted(values.items())
    )


def breaking(released: dict[str, Any], today: dict[str, Any]) -> list[str]:
    """Return the breaking changes as `METHOD path: place: what has changed`, sorted."""
    return sorted({*_Comparison(released, today).found()})


class _Comparison:
    def __init__(self, released: dict[str, Any], today: dict[str, Any]) -> None:
        self.released, self.today = released, today

    def found(self) -> Iterator[str]:
        for path, before in self.released["paths"].items():
            for method in METHODS:
                if method in before:
                    name = f"{method.upper()} {path}"
                    after = self.today["paths"].get(path, {}).get(method)
                    if after is None:
                        yield f"{name}: the call is gone"
                    else:
                        for text in self._operation(before[method], after):
                            yield f"{name}: {text}"

    def _operation(self, before: Any, after: Any) -> Iterator[str]:
        given = {(one["in"], one["name"]): one for one in before.get("parameters", ())}
        taken = {(one["in"], one["name"]): one for one in after.get("parameters", ())}
        for key, one in taken.items():
            if one.get("required") and not given.get(key, {}).get("required"):
                yield f"{key[1]}: is required"
        for key, one in given.items():
            if key in taken:
                yield from self._value(one["schema"], taken[key]["schema"], key[1], sent=True)
            else:
                yield f"{key[1]}: is gone"
        yield from self._media(before.get("requestBody"), after.get("requestBody"), "", sent=True)
        for status, response in before["responses"].items():
            if status.startswith("2"):
                later = after["responses"].get(status)
                yield from self._media(response, later, f"{status} ", sent=False)

    def _media(self, before: Any, after: Any, place: str, *, sent: bool) -> Iterator[str]:
        kept = (after or {}).get("content", {})
        for media, value in (before or {}).get("content", {}).items():
            if media not in kept:
                yield f"{place}{media}: is gone"
            else:
                yield from self._value(value["schema"], kept[media]["schema"], place, sent=sent)

    def _value(
        self, before: Any, after: Any, place: str, *, sent: bool, seen: frozenset[Any] = frozenset()
    ) -> Iterator[str]:
        pair = before.get("$ref"), after.get("$ref")
        if any(pair):
            if pair in seen:
                return
            seen |= {pair}
        before, after = (
            _resolve_references(self.released, before),
            _resolve_references(self.today, after),
        )
        if any(before.get(one) != after.get(one) for one in KEYWORDS):
            yield f"{place}: has another type"
            return
        old, new = before.get("properties", {}), after.get("properties", {})
        for name in sorted(old.keys() - new.keys()):
            yield f"{place}{name}: is gone"
        if sent:
            for name in sorted({*after.get("required", ())} - {*before.get("required", ())}):
                yield f"{place}{name}: is required"
        for name in old.keys() & new.keys():
            below = f"{place}{name}"
            yield from self._value(old[name], new[name], below, sent=sent, seen=seen)
        if "items" in before and "items" in after:
            yield from self._value(
                before["items"], after["items"], f"{place}[]", sent=sent, seen=seen
            )


def _resolve_references(schema: dict[str, Any], value: Any) -> Any:
    while "$ref" in value or len(value.get("allOf", ())) == 1:
        # A reference with a default stands alone in `allOf`.
        value = value["allOf"][0] if "allOf" in value else value
        if "$ref" in value:
            value = schema["components"]["schemas"][value["$ref"].rpartition("/")[2]]
    return value


def _without_texts(value: Any, *, is_field: bool = True) -> Any:
    """Return `value` without the keys for readers only, unless they are names of properties."""
    if isinstance(value, list):
        return [_without_texts(one) for one in value]
    if not isinstance(value, dict):
        return value
    texts = {"description", "examples", "summary", "title"} if is_field else set()
    return {
        key: _without_texts(one, is_field=key != "properties")
        for key, one in value.items()
        if key not in texts
    }


if __name__ == "__main__":
    main()
