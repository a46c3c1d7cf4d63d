"""From scores to published layers: features, their rationale, and the run that publishes them atomically."""
