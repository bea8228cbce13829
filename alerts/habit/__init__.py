"""The habit of a segment's size: the usual size of a day, by the days before."""
