"""What an operator's tools ask: /metrics, /healthz and /readyz."""
