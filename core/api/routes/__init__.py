"""The addresses of the API and beside it, which each app hangs in."""
