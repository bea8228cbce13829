"""The base of every part of the API: permissions, parsing, parameters, pages and errors."""
