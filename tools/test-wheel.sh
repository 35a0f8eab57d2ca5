#!/bin/sh
# Runs the suite against an installed wheel from a folder where the source tree cannot be imported.
# Usage: tools/test-wheel.sh VENV WORKERS [PYTEST ARGUMENTS]
set -eu
venv=$(cd "$1" && pwd)
workers=$2
shift 2
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT INT TERM
cp -R tests "$away/tests"
cp pyproject.toml "$away/pyproject.toml"
cd "$away"
where=$("$venv/bin/python" -I -c 'import quantgov; print(quantgov.__file__)')
case $where in
"$venv"/*) ;;
*) echo "quantgov was imported from $where, not from the wheel" >&2 && exit 1 ;;
esac
PATH="$venv/bin:$PATH" "$venv/bin/python" -m pytest -q -n "$workers" -p no:cacheprovider "$@"
