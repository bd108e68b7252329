"""Pages that need no Python: one file each, or a frame in a notebook's output."""
