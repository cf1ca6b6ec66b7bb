"""Review campaigns: a unit's files checked by their officials by a day, with the progress of every unit."""
