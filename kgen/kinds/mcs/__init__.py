"""Kinds of multicluster.x-k8s.io."""
