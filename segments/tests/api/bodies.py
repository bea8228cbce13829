"""What is sent to the API, by whom, and what is read from its refusals."""

AT_SHOP = {"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}
MALE = {"attribute": "customer.gender", "operator": "is", "value": "male"}
FEMALE = {"attribute": "customer.gender", "operator": "is", "value": "female"}
TREE = {"match": "all", "conditions": [AT_SHOP]}
# Every permission that a call asks for.
ALL = [
    "segments.view_segment",
    "segments.add_segment",
    "segments.change_segment",
    "segments.delete_segment",
    "segments.refresh_segment",
    "segments.view_members",
    "conditions.preview",
    "customers.view_personal_data",
]
PREVIEWING = ["conditions.preview", "segments.view_members"]


def tree(*conditions, match="all"):
    """A tree of these conditions."""
    return {"match": match, "conditions": list(conditions)}


def paths(answer):
    """The places that a refusal names."""
    assert answer["Content-Type"] == "application/problem+json"
    return [one["path"] for one in answer.json()["errors"]]
