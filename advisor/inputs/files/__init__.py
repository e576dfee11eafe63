"""Files of users, opened within bounds: windows, archives, JSON."""
