"""Public tutorials on the user's disk, read and played."""
