"""The REST API below /api/v1/, all errors as problem details."""
