"""How good the generated slices are, and whether they copy anyone (notebook 07)."""
