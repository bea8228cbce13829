"""Tools about predictions: the quality of the models, and the stored data of one customer."""

from typing import Any

from mcp_server.caller import ApiCaller
from mcp_server.tools.segments import MEMBERS
from mcp_server.tools.tool import (
    CODE,
    CURSOR,
    Arguments,
    Result,
    Tool,
    given_arguments,
    pick_fields,
)

VIEW = "predictions.view_scores"
MODEL = ("code", "name", "kind", "deployed_version", "as_of", "scored_at", "drift")
# A page of models, each with the metrics of its deployed version.
PAGE = 20


def _models(caller: ApiCaller, arguments: Arguments) -> Result:
    if "model" in arguments:
        found = [caller.get("model", at={"code": arguments["model"]}).data]
        cursor = None
    else:
        query = {"limit": arguments.get("limit", PAGE), **given_arguments(arguments, "cursor")}
        reply = caller.get("models", query=query)
        found, cursor = reply.data["results"], reply.next_cursor
    return {"models": [_model(caller, one) for one in found], "next": cursor}


def _model(caller: ApiCaller, model: Any) -> dict[str, Any]:
    """Return a model, and of its deployed version the metrics beside their baselines."""
    number, version = model["deployed_version"], None
    if number is not None:
        at = {"code": model["code"], "number": number}
        version = caller.get("model-version", at=at).data
    return pick_fields(model, MODEL) | {
        "gate": version and version["gate"],
        "metrics": version["metrics"] if version else [],
        "warnings": version["warnings"] if version else [],
    }


def _customer(caller: ApiCaller, arguments: Arguments) -> Result:
    found = dict(caller.get("customer-predictions", at={"number": arguments["customer"]}).data)
    if not caller.sees_personal_data:
        # They say what was found of the customer.
        del found["reasons"]
    return found


OURS = (
    Tool(
        "predictions_models",
        "List prediction models: the deployed version, its metrics beside their baselines, its "
        "gate, and whether customers have drifted from those of the training.",
        [VIEW],
        ["models", "model", "model-version"],
        {"model": CODE, "cursor": CURSOR},
        run=_models,
        at_most=PAGE,
    ),
    Tool(
        "predictions_customer",
        "Read the stored scores of a customer: version, moment, and where allowed the reasons.",
        [VIEW, MEMBERS],
        ["customer-predictions"],
        {"customer": CODE},
        ["customer"],
        run=_customer,
    ),
)
