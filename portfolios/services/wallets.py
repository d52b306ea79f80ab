"""On-chain addresses whose balances are read every hour. A balance informs; it is no event."""

from __future__ import annotations
