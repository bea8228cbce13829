"""Segments of Maho, and of Adobe Commerce by the same rules, as segments of this shop."""
