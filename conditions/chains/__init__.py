"""The order of events: the node `steps`, for the database and for the evaluator."""
