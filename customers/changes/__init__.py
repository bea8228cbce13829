"""Every write to shop data marks its customers, by triggers of the database."""
