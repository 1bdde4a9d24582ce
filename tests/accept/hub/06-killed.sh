#!/usr/bin/env bash
# 1,000 times kill -9 of hub or spawner while 20 workspaces run: none ends, all are adopted, pages are back within 1 s
. tests/accept/hub/lib.sh
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 1; }
./dev build >/dev/null
report=$(mktemp)
LABWRIGHT=$PWD/build/labwright LW_ENV=$PWD/.cache/venv .cache/testvenv/bin/python tests/load/hub_kills.py "${LW_KILLS:-1000}" 20 | tee "$report"
figure "$(tail -n 1 "$report")"
rm -f "$report"
