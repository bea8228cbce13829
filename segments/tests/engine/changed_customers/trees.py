"""Conditions that an event or passing time makes true or false."""

BUYERS = [{"relation": "sales", "aggregate": "count", "operator": "gte", "value": 2}]
BIG_SPENDERS = [{"attribute": "lifetime.sales", "operator": "gte", "value": "100"}]
RECENT = [{"attribute": "order.created_at", "operator": "in_last_hours", "value": 24}]
