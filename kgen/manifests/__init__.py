"""Manifests that others wrote, judged as the API server would: which files, by which versions, and what is wrong, at their lines."""

from kgen.manifests.judge import Outcome, Request, validate

__all__ = ["Outcome", "Request", "validate"]
