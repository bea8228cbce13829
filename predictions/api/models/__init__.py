"""Models, their trainings and their monitoring."""
