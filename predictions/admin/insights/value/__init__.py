"""The sections of the page Value: lifetime values, seasons, expected sales, benchmarks."""
