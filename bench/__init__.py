"""Measurements, each as a ratio to its physical floor in the same run. `make bench`, or python -m bench --help."""
