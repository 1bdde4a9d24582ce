#!/usr/bin/env bash
# `./dev run lab` ends with a URL at which Chromium shows JupyterLab, and `./dev test` passes
. tests/accept/lab/lib.sh
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$(mktemp)
shot=$(mktemp --suffix=.png)
began=$SECONDS
LABWRIGHT_DEMO=$(mktemp -d) setsid ./dev run lab --port="$port" --port-retries=0 >"$log" 2>&1 &
run=$!
trap 'kill -TERM -- -$run 2>/dev/null || :; wait $run 2>/dev/null || :' EXIT
until url=$(grep -om1 'http://127.0.0.1:[0-9]*/lab?token=[0-9a-f]*' "$log"); do
    kill -0 $run || { cat "$log"; exit 1; }
    [ $((SECONDS - began)) -lt 1800 ] || { tail "$log"; exit 1; }
    sleep 1
done
figure "./dev run lab printed its URL after $((SECONDS - began)) s"
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$(mktemp -d)" --virtual-time-budget=60000 \
    --window-size=1280,800 --screenshot="$shot" "$url" >/dev/null 2>&1
figure "Chromium's picture of it: $shot"
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$(mktemp -d)" --virtual-time-budget=60000 \
    --dump-dom "$url" 2>/dev/null | grep -q 'jp-Launcher'
kill -TERM -- -$run
wait $run || :
trap - EXIT
began=$SECONDS
./dev test
figure "./dev test took $((SECONDS - began)) s"
