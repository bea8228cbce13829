"""Personal data: each column and each address is decided, and none shows more than that."""
