"""The rules of a pod's template, as a Deployment has one. `template` is the way in."""
