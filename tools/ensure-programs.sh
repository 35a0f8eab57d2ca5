#!/bin/sh
# Installs git-lfs and ssh-keygen where they are missing and this user may; otherwise says how. The demo and the suite
# use the real ones.
set -eu
missing=''
git lfs version >/dev/null 2>&1 || missing="$missing git-lfs"
command -v ssh-keygen >/dev/null 2>&1 || missing="$missing openssh-client"
if [ -z "$missing" ]; then exit 0; fi
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
	run apt-get update -qq
	# shellcheck disable=SC2086  # the names are words of our own
	run apt-get install -y -qq $missing >/dev/null
	exit 0
fi
echo "missing:$missing. Install with one of:" >&2
echo "  sudo apt-get install$missing   |   brew install git-lfs openssh   |   https://git-lfs.com" >&2
exit 1
