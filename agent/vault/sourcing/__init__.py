"""What every source of secrets shares: references, fetching for a run, programs to ask."""
