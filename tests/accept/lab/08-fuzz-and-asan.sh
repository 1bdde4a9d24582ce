#!/usr/bin/env bash
# every fuzz target ran 10 minutes under ASan and UBSan; unit and black-box suites pass under them
. tests/accept/lab/lib.sh
./dev fuzz "${FUZZ_SECONDS:-600}"
./dev asan
