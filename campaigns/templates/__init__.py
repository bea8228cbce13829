"""Templates of mails: read, checked and rendered from plain values."""
