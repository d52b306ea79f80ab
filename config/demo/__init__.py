"""The demo: a person, three portfolios of different temper and two rules, on two years of prices.

``tape``     the history of prices that the stories are told on
``stories``  what was bought and sold, and when: pure, the same for the same prices
``seeding``  puts it all into an empty database, through the services that everybody uses
"""
