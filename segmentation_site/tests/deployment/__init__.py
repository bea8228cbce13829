"""Tests of settings, images, manifests, packages and the first start."""
