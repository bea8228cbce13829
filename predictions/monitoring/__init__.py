"""Monitoring: drift of data and of risks, calls, gauges, and the retention of these readings."""
