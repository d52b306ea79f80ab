#!/bin/sh
# The browser tests drive the system's Chromium; where it is missing, root installs it.
set -eu

for name in chromium chromium-browser; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "plimsoll: installing chromium for the browser tests"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
    echo "plimsoll: the browser tests need Chromium: install it" \
        "(Debian: sudo apt-get install chromium; macOS: brew install --cask chromium)." >&2
    exit 1
fi
