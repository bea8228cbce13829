"""Priority lists by the API."""

from core.resources.api import SEARCH, Api
from segments.editing.priority_lists import PRIORITY_LISTS

PRIORITY_LISTS_API = Api(
    PRIORITY_LISTS,
    "priority-lists/",
    names=("priority-lists", "priority-list"),
    words=("PriorityLists", "PriorityList"),
    nouns=("priority lists", "a priority list"),
    filters=(SEARCH,),
    example_code="offers",
    example={"name": "Offers", "segments": ["best-customers"]},
    change={"name": "Offers of the week"},
)
