#!/usr/bin/env bash
# all browser tests, with recovery after reload, closed tab, cut network and killed server
. tests/accept/survive/lib.sh
export LW_SHOTS=${LW_SHOTS:-$(mktemp -d)}
./dev browser
read -r passed _ skipped < .cache/count/browser
[ "$passed" -gt 0 ]
figure "$passed browser tests passed, 0 failed, $skipped skipped"
figure "$(find "$LW_SHOTS" -name '*.png' | wc -l) screenshots to look at: $LW_SHOTS"
