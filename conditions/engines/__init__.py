"""Trees evaluated by other engines: PostgreSQL's statement, translated, over a shop snapshot.

`translation` has what all engines share; each engine is a module with its rules, its closed list of
syntax and its function to open a snapshot; `engine` is the interface for the rest of the product.
"""
