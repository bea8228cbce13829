"""What pages of the admin are made of: lists, rows in a page, rights."""
