"""Weighted sums of inputs, and the probability of log-odds: a row comes out the same alone.

A product of matrices adds up in an order that depends on their size; here inputs are added one
after the other.
"""

import math

import numpy as np

from predictions.kinds.fitting.matrix import Matrix


def weighted_sums(inputs: Matrix, weights: Matrix, biases: Matrix) -> Matrix:
    """Return the (rows, outputs) of `inputs` (rows, inputs) and `weights` (inputs, outputs)."""
    found = np.tile(biases, (len(inputs), 1))
    for column, weight in zip(inputs.T, weights, strict=True):
        found += column[:, None] * weight
    return found


def probability(logit: float) -> float:
    """Return the probability that has these log-odds."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1 + odds)
