"""Trees asked of other engines: PostgreSQL's compiled statement, translated, over a shop snapshot.

`translation` has what all engines share; each engine is a file with its rules, its closed list and
how it is opened; `engine` is the interface that the rest of the product sees.
"""
