#!/usr/bin/env bash
# Chromium is driven through the whole of JupyterLab; no console.error, no failed request but the allowed ones
. tests/accept/lab/lib.sh
export LW_SHOTS=${LW_SHOTS:-$(mktemp -d)}
./dev browser
figure "screenshots to look at: $LW_SHOTS"
