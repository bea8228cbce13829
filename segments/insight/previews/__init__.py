"""What an unsaved rule would choose: counts, customers, figures; by database or engine."""
