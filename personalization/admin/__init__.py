"""What people see of personalization."""
