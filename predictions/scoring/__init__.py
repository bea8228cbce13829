"""Computing the scores of customers, all or some, and writing those that are stored."""
