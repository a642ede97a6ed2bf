"""The decisions: from the wish and the lock to what each cluster gets."""
