"""The process that reads one venue: ``manage.py stream``.

``runner``   sets up the feed, starts the rest, ends them
``board``    the fast path: last prices to Valkey and to whoever listens, no database
``buffer``   trades that wait for the database, and what happens when too many do
``flush``    the slow path: the buffer into the database once a second
``history``  bars from the venue's REST: at the start, after a gap, at midnight
"""
