"""Tests of types, operators, values and times, and of what the parser refuses."""
