#!/usr/bin/env bash
# ten ways for a kernel to die, each told in the cell in plain words
. tests/accept/survive/lib.sh
pytest -k test_kernel_deaths
./dev browser tests/browser/death.test.mjs
