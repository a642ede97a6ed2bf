"""The error catalogue: a page for each code, and `pages.py`, which reads them."""
