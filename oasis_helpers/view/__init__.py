"""Everything that draws: figures for notebooks, a run's live figure, the explorer, the quiz and the HTML report."""
