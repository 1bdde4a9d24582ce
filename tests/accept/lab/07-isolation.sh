#!/usr/bin/env bash
# no kernel channel listens on TCP; another uid gets to no socket and reads no journal
. tests/accept/lab/lib.sh
pytest -k test_isolation
