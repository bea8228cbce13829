"""`Idempotency-Key`: a POST that is sent again gets the first response and does nothing twice."""
