"""`/ws/live/`: one multiplexed socket per page, fanned out by one hub per process.

access    who is asking, from where, and what they may see
messages  what clients may say (validated before anything acts on it)
hub       one subscription per process; a bounded outbox per client
combined  the figures of "all portfolios", which no single portfolio's message carries
commands  writes over the socket, through the same services as the API
connection one socket's life
server    daphne, with the transport's back-pressure made visible
"""
