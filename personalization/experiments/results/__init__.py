"""What came of an experiment: units, samples, comparisons, the verdict, and their CSV."""
