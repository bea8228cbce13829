"""The tools; each module registers those of one part of the product."""
