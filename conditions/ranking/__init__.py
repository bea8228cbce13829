"""Ranks: a customer's figure compared with those of a population, its average or its median.

`rank` is what is asked, `population` whose figures count, `figures` how a database reads them,
`placing` how it compares them, `judging` the same for one customer.
"""
