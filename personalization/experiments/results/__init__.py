"""Results of experiments: units, samples, comparisons, the verdict, and their CSV."""
