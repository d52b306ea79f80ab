"""`python -m config.live --host 127.0.0.1 --port 8001`: the live tier."""

import argparse

from config.live.server import serve

parser = argparse.ArgumentParser(prog="python -m config.live", description=__doc__)
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=8001)
options = parser.parse_args()
serve(options.host, options.port)
