#!/usr/bin/env bash
# `./dev run` ends with a URL at which a person logs in and reaches a Python notebook, and `./dev test` passes
. tests/accept/hub/lib.sh
log=$(mktemp)
scratch=$(mktemp -d)
chmod 711 "$scratch"
port=$((20000 + RANDOM % 20000)) # there is no Python yet
began=$SECONDS
LABWRIGHT_STATE=$scratch/state setsid ./dev run --port "$port" >"$log" 2>&1 &
run=$!
trap 'kill -TERM -- -$run 2>/dev/null || :; wait $run 2>/dev/null || :' EXIT
until account=$(grep -om1 'user [a-z]*, password [^ ]*' "$log"); do
    kill -0 $run || { cat "$log"; exit 1; }
    [ $((SECONDS - began)) -lt 1800 ] || { tail "$log"; exit 1; }
    sleep 1
done
figure "./dev run printed the way in after $((SECONDS - began)) s"
until grep -q 'The workspace "[a-z]*" runs' "$log"; do
    kill -0 $run || { cat "$log"; exit 1; }
    [ $((SECONDS - began)) -lt 2000 ] || { tail "$log"; exit 1; }
    sleep 1
done
figure "$(grep -om1 'runs (after [0-9.]* s)' "$log") the workspace; $((SECONDS - began)) s in all"
( . dev.d/common.sh; . dev.d/python.sh; test_env )
read -r _ name _ password <<<"$account"
.cache/testvenv/bin/python tests/accept/hub/notebook.py "$port" "${name%,}" "$password"
kill -TERM $run
wait $run || :
trap - EXIT
began=$SECONDS
./dev test
figure "./dev test took $((SECONDS - began)) s"
