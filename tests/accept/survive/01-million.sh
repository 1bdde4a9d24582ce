#!/usr/bin/env bash
# a million lines through reloads, cuts, kills and an upgrade: document, journal and screen hold each once
. tests/accept/survive/lib.sh
./dev browser tests/load/million.test.mjs
