"""Kinds of Kubernetes itself."""
