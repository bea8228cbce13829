"""A made-up shop of any size: the demonstration's, the benchmarks' and the tests' data."""
