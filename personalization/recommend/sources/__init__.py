"""Where scores come from: the history of a moment, or the nightly fit."""
