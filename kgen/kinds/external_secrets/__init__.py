"""Kinds of external-secrets.io."""
