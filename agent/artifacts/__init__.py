"""What a run leaves: captured, cleaned, checked again by other code, and only then kept."""
