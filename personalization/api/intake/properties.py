"""Declared properties of behaviours by the API."""

from core.api.routes.slashes import either_way
from core.resources.api import Api
from personalization.properties.resource import BEHAVIOR_PROPERTIES

API = Api(
    BEHAVIOR_PROPERTIES,
    "personalization/behavior-properties/",
    names=("behavior-properties", "behavior-property"),
    words=("BehaviorProperties", "BehaviorProperty"),
    nouns=("declared properties of behaviours", "a declared property of behaviours"),
    address=either_way,
    key="text:key",
    example_code="score",
    example={"label": "Score", "type": "number", "types": ["quiz"]},
    change={"label": "Points"},
)
