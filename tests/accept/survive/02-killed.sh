#!/usr/bin/env bash
# kill -9 of the server during vim, a running program and an open notebook: all there again, keystrokes included
. tests/accept/survive/lib.sh
pytest -k 'test_keeper_takeover or test_terminal'
./dev browser tests/browser/outage.test.mjs tests/browser/terminal.test.mjs
