"""The explorer of statistics: a question put together from its parts, its answer as a table to read, picture, files, saved views."""
