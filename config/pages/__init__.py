"""Pages that span several apps, and are therefore above them."""
