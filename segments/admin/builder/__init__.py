"""The builder in the form: its initial data, its texts, and the effects of saving."""
