"""Fields of responses. Instants are shown by `ClockField`, with Z whatever the time zone is."""

from typing import Any

from rest_framework import serializers

from core.access.personal import PERMISSION


class DocumentSerializer(serializers.Serializer[dict[str, Any]]):
    """A stored JSON document, shown as it is: its fields describe it for the schema."""

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        return instance


class NullIfEmptyField(serializers.CharField):
    """A text; null where the text is empty."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_null=True, **more)

    def get_attribute(self, instance: Any) -> Any:
        return super().get_attribute(instance) or None


class EmptyIfNullField(serializers.CharField):
    """A text; empty where there is none."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_blank=True, **more)

    def get_attribute(self, instance: Any) -> Any:
        return super().get_attribute(instance) or ""


class PersonalTextField(serializers.CharField):
    """A personal text; null for users who may not see personal data."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_null=True, **more)

    def get_attribute(self, instance: Any) -> Any:
        if not self.context["request"].user.has_perm(PERMISSION):
            return None
        return super().get_attribute(instance)


class NullTextField(serializers.CharField):
    """A text that is null unless the endpoint adds it to the response."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_null=True, **more)

    def get_attribute(self, instance: Any) -> None:
        return None


class NullNumberField(serializers.FloatField):
    """A number that is null in every response."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_null=True, **more)

    def get_attribute(self, instance: Any) -> None:
        return None


class NumberField(serializers.FloatField):
    """A number as it is: a whole one has no decimal point."""

    def to_representation(self, value: float) -> float:  # type: ignore[override]
        return value


class LengthField(serializers.IntegerField):
    """The length of a list."""

    def to_representation(self, value: Any) -> int:
        return len(value)
