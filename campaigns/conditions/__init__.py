"""What conditions ask of mail: the messages of a customer, and whether they may get mail."""
