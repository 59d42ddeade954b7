"""How good, how varied: numbers for generated slices, with NumPy and SciPy alone (notebook 07)."""
