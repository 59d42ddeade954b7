"""The synthetic cohort: `anatomy` (the template, deformed), `person` (one brain) and `cohort` (all of it)."""
