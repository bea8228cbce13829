"""What customers did, as it is stored: read, announced, credited, erased, kept for how long."""
