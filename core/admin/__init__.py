"""Building blocks of the admin's pages: lists, rows in a page, rights."""
