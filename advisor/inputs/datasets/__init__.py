"""The formats of data that NumPy alone can read, one module each."""
