"""The report as one value, and the formats that show it."""
