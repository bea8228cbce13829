"""Ranks: a customer's figure compared with those of a population, its average or its median.

`rank` has the settings, `population` the customers to compare with, `figures` reads their figures
from the database. `rank_sql` compares them there, `borders` where the roll-up has the figure;
`compared` and `judging` compare them for one customer.
"""
