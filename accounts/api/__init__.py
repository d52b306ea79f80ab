"""REST: `/api/users/…`."""
