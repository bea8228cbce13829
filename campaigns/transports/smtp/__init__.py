"""Handing mails to an SMTP server: the connection, each step, and what its replies mean."""
