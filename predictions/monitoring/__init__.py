"""What operators watch: drift of data and of risks, calls, gauges, and how long these are kept."""
