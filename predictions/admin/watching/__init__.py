"""What operators and merchants watch: drift, and how models are used and run."""
