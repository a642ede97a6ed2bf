"""Kinds of fluxcd.io."""
