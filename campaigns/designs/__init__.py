"""Mails to begin with: six designs in the merchant's language, as plain HTML to go on with."""
