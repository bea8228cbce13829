"""The words of the language: types, operators, values, times."""
