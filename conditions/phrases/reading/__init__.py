"""Reads conditions of a sentence: the reverse of the modules of the same names in `writing`."""
