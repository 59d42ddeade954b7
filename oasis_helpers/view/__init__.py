"""Everything a person looks at (all notebooks)."""
