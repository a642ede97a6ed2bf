"""Checks of the plan."""
