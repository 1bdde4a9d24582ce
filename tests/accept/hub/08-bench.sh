#!/usr/bin/env bash
# beside JupyterHub 6.1.1: memory, starts, requests through the gateway, gate switch
. tests/accept/hub/lib.sh
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 1; }
./dev build >/dev/null
make -s -C build bench_client
reference=$PWD/.cache/jupyterhub
[ -x "$reference/bin/jupyterhub" ] || { python3 -m venv "$reference"; "$reference/bin/pip" install -q jupyterhub==6.1.1 jupyterlab==4.6.6; }
[ -x "$reference/node_modules/.bin/configurable-http-proxy" ] || npm install --silent --no-save --prefix "$reference" configurable-http-proxy@5
LABWRIGHT=$PWD/build/labwright LW_ENV=$PWD/.cache/venv .cache/testvenv/bin/python tests/bench/hub.py "$reference" "$reference/node_modules/.bin/configurable-http-proxy"
