"""What a new registry starts with: catalogues, organizations, demo officials and demo accounts."""
