#!/bin/sh
# Makes .venv and installs locks into it, each only when it has changed since it was installed.
#   requirements/install.sh base        what the product runs on
#   requirements/install.sh base dev    and what the checks run on
#   VENV=.venv-bench requirements/install.sh bench      what the benchmarks measure beside, apart
# PYTHON names the interpreter to use, if the one found is not the right one.
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}

stop() {
    echo "plimsoll: $*" >&2
    exit 1
}

recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
        if recent "$name"; then
            echo "$name"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="none"
    stop "Plimsoll needs Python 3.11 or newer, found: $found. Install it (Debian:" \
        "apt-get install python3 python3-venv; macOS: brew install python@3.13), or name it: make run PYTHON=/path"
}

make_environment() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "This Python cannot make environments: install its venv package (Debian: apt-get install python3-venv)."
    echo "plimsoll: making $VENV with $("$python" --version)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV" || stop "Cannot make $VENV here: see above."
}

install() {
    count=$(grep -c '^[a-zA-Z0-9].*==' "requirements/$1.txt")
    echo "plimsoll: installing $count packages from requirements/$1.txt"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r "requirements/$1.txt" || stop "The packages could not be installed: see above, and run it again."
    cp "requirements/$1.txt" "$VENV/$1.installed"
}

recent "$VENV/bin/python" || make_environment
for lock in "$@"; do
    cmp -s "requirements/$lock.txt" "$VENV/$lock.installed" || install "$lock"
done
