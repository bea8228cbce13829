"""What merchants call mail and what became of it, by language (`conditions.registry.add_names`)."""

NAMES: dict[str, dict[str, str]] = {"en": {}, "de": {}, "fr": {}}
