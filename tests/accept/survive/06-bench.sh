#!/usr/bin/env bash
# tests/bench beside the reference server: every aim of the design is met, or named with its figure
. tests/accept/survive/lib.sh
table=$(mktemp)
./dev bench | tee "$table"
grep -w MISSED "$table" | while read -r line; do figure "missed: $line"; done
figure "$(tail -n 1 "$table")"
! grep -qw MISSED "$table"
