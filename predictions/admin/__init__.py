"""What people see of scores."""
