"""Tests of metrics, logs, request ids and signals for autoscalers."""
