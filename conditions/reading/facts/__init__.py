"""The facts of a sentence, and what they take from each other: rows, periods, denials."""
