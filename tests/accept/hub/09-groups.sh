#!/usr/bin/env bash
# control groups of version 1 and version 2, and without root
. tests/accept/hub/lib.sh
figure "the back end here: $(awk '$1 == "cgroup2" || $3 == "cgroup2" {v = 2} $3 == "cgroup" {w = 1} END {print w ? "v1 or hybrid" : v ? "v2" : "none"}' /proc/mounts)"
./dev build >/dev/null
(cd build && make -s check TESTS=test_limits) | grep -E '^# (PASS|FAIL)' # v2: files in a made-up tree, and its BPF program
pytest -k 'test_spawner or test_whole'
