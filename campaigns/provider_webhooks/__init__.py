"""What providers report through Anymail's webhooks (optional extra)."""
