#!/usr/bin/env bash
# full disk, broken database, missing environment, git that hangs, no free slot, no spawner: told on the page and in the CLI, state right, nothing lost
. tests/accept/hub/lib.sh
figures=$(mktemp)
export LW_FIGURES=$figures
pytest -k test_broken
while IFS= read -r line; do figure "$line"; done <"$figures"
rm -f "$figures"
unset LW_FIGURES
./dev browser tests/browser/broken.test.mjs
figure "each of the six on the pages in Chromium, light and dark, at 1280 and 800 pixels"
