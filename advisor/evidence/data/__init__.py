"""What the user's rows show: balance, label noise, duplicates, and the saved weights' losses."""
