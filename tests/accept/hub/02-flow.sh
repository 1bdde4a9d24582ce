#!/usr/bin/env bash
# the whole flow in Chromium: set-up, user, project, workspace from git, notebook, cpu to gpu and back under a cell and vi, stop, files, resume
. tests/accept/hub/lib.sh
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 1; }
export LW_SHOTS=${LW_SHOTS:-$PWD/.cache/shots}
./dev browser tests/browser/flow.test.mjs
figure "$(find "$LW_SHOTS" -name 'flow-*.png' | wc -l) pictures, light and dark, at 1280 and 800 pixels"
