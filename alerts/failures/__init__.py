"""Failures that alerts say: of refreshes, deliveries, exports, syncs, models and the intake."""
