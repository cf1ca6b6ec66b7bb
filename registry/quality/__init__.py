"""Living data quality: rules declared once, findings and scores kept beside the facts, the clock of three working days."""
