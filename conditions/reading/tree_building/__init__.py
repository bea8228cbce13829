"""Build the trees of conditions that the facts of a sentence may mean."""
