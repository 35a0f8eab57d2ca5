#!/bin/sh
# Installs git-lfs where it is missing and this user may; otherwise says how. The demo and the suite use the real one.
set -eu
if git lfs version >/dev/null 2>&1; then exit 0; fi
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
	run apt-get update -qq
	run apt-get install -y -qq git-lfs >/dev/null
	exit 0
fi
echo 'git-lfs is missing. Install it with one of:' >&2
echo '  sudo apt-get install git-lfs   |   brew install git-lfs   |   https://git-lfs.com' >&2
exit 1
