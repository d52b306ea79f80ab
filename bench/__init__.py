"""Speeds, each beside the plain way of doing it, in one run: `make bench`."""
