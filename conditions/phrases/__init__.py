"""The wording of conditions in sentences: one table to write and to read them."""
