#!/usr/bin/env bash
# all browser tests, with recovery after reload, closed tab, cut network and killed server
. tests/accept/survive/lib.sh
export LW_SHOTS=${LW_SHOTS:-$(mktemp -d)}
./dev browser
figure "screenshots to look at: $LW_SHOTS"
