#!/usr/bin/env bash
# ten ways for a kernel to die, each told in the cell in plain words, within half a second
. tests/accept/survive/lib.sh
report=$(mktemp)
python tests/load/ten_deaths.py | tee "$report"
figure "$(grep -c ' ms: ' "$report") ways; $(tail -n 1 "$report")"
rm -f "$report"
pytest -k test_kernel_deaths
./dev browser tests/browser/death.test.mjs
