"""What purchases say of values and life-style: counts over the sales of a year, never guesses."""
