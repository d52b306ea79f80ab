"""The risk kernel beside pandas, quantstats, empyrical, riskfolio, vectorbt and batched NumPy.

All of it runs in .venv-bench, so that the peers' requirements never meet the product's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print a Markdown table."""
    python = ROOT / ".venv-bench" / "bin" / "python"
    if not python.exists():
        sys.exit("The peers are not installed: VENV=.venv-bench requirements/install.sh bench")
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    command = [str(python), "-W", "ignore", "-m", "bench.risk_peers"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own
