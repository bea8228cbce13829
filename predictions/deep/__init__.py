"""What all deep models share: is torch there, on which device, how a fit ends, what is stored.

Only workers fit and score with them: torch is imported inside functions, never by a web process.
"""
