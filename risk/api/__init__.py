"""`/api/risk/`: the answer, who carries it, what was said before, and single assets."""
