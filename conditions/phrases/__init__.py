"""What conditions are called in sentences: one table that is written from and read by."""
