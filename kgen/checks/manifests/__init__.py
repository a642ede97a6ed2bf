"""Checks of the manifests."""
