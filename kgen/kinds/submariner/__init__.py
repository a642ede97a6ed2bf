"""Kinds of submariner.io."""
