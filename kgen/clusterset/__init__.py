"""The spec: what an author writes, typed, and the layers that are merged over it."""
