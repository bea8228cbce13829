"""The habit of a segment's size: what is usual on a day, by the days before."""
