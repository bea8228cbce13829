"""What is stored about members: differences, change log, erased customers."""
