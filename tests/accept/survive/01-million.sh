#!/usr/bin/env bash
# a million lines, then 20,000 updates, bars and widgets, through reloads, cuts, kills and an upgrade: each once and in order
. tests/accept/survive/lib.sh
./dev browser tests/load/million.test.mjs
