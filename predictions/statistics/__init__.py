"""Statistical models and measures: pure functions of numbers, without the database."""
