"""The public name of training, for code outside of this app."""

from predictions.lifecycle.train import train

__all__ = ["train"]
