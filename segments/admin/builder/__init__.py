"""The builder in the form: what it begins with, what it says, what saving would change."""
