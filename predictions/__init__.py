"""What is known and expected of each customer: features, cohorts and scores as of a moment."""
