"""Shared parts of deep models: availability of torch, device, end of a fit, storage.

Only workers fit deep models and score with them: torch is imported inside functions, never by a web
process.
"""
