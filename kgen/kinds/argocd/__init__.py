"""Kinds of argoproj.io."""
