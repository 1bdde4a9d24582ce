#!/usr/bin/env bash
# Bombs: the neighbour's p99 changes by no more than 10 %, nothing outside dies, the owner reads numbers within 0.5 s
. tests/accept/hub/lib.sh
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 1; }
./dev build >/dev/null
report=$(mktemp)
rc=0
LABWRIGHT=$PWD/build/labwright LW_ENV=$PWD/.cache/venv .cache/testvenv/bin/python tests/load/bombs.py "${LW_SECONDS:-3}" "${LW_ROUNDS:-3}" \
    | tee "$report" || rc=$?
figure "$(tail -n 1 "$report")"
rm -f "$report"
pytest blackbox/test_bombs.py
exit "$rc"
