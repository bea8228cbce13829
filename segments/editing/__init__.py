"""What people do to segments, one verb a file."""
