"""Checks of the spec."""
