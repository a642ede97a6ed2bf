"""Kinds of gateway.envoyproxy.io."""
