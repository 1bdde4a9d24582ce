#!/usr/bin/env bash
# kill -9 of the server with kernels and terminals open: the same command finds all, and nothing is missed
. tests/accept/lab/lib.sh
pytest -k test_keeper_takeover
