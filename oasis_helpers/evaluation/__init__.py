"""How good, how varied, and is anyone copied: scores, tissues and the audit of a generator (notebook 07)."""
