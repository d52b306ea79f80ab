"""`python -m config.run`, which `make run` calls: all of Plimsoll on one machine, in one terminal.

options     what the environment asks for, checked before anything starts
children    which processes there are, and what each is started with
child       one process: started, watched, ended with all that it started
console     prefixed lines of many processes in one terminal
supervisor  keeps the children running, and stops them in order
freshness   whether they may start before that is asked again
prepare     what must be true of the database before they start (a process of its own)
feed        where prices come from, asked while everything else starts
"""
