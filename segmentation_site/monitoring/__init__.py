"""Endpoints for an operator's tools: /metrics, /healthz and /readyz."""
