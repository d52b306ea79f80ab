"""One shape for errors and one for lists, for every app's API."""
