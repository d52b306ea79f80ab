"""REST of the markets: reads only, the same for everybody who is signed in."""
