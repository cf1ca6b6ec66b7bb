"""The columnar snapshot: timelines of every official as small numbers, counted in the process that answers.

sources.py says what is held, loading.py reads it from PostgreSQL, store.py keeps it as files, live.py brings it up to
date with every question, history.py tells what held on a day, days.py makes its columns, counting.py counts in cells.py.
The PostgreSQL path of registry.statistics.queries stays: it answers what was recorded earlier, what is not held here, and the tests.
"""
