"""The civil-servant registry: the domain, usable from a shell and free of any web framework."""
