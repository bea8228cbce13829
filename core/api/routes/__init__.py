"""The addresses of the API, and public ones outside it, which each app registers."""
