"""The API's resources for customers: events, consent, data export and erasure."""
