#!/usr/bin/env bash
# prebuilt third-party extensions work from their ordinary install location
. tests/accept/lab/lib.sh
./dev browser tests/browser/extensions.test.mjs
