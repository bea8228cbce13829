"""Live events from Kafka: read, stored as `POST events` stores them, and only then committed."""
