"""Ranks: a customer's figure compared with those of a population, its average or its median.

`rank` has the settings, `population` the customers to compare with, `figures` reads their figures
from the database, `placing` compares them there, `judging` compares them for one customer.
"""
