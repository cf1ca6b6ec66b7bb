"""The dictionary of fields: what a record holds, by declaration, and how many officials have it."""
