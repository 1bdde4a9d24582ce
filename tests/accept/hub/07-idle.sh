#!/usr/bin/env bash
# 12 workloads x 3 policies, each decision of the idle rule right and explained
. tests/accept/hub/lib.sh
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 1; }
./dev build >/dev/null
report=$(mktemp)
LABWRIGHT=$PWD/build/labwright LW_ENV=$PWD/.cache/venv .cache/testvenv/bin/python tests/load/idle_day.py | tee "$report"
figure "$(tail -n 1 "$report")"
rm -f "$report"
make -s -C build check TESTS=test_idle
pytest -k test_idle
./dev browser tests/load/idle.test.mjs
