#!/usr/bin/env bash
# each of the 30 behaviours of contract 10, and each slip, has a test; the contract's rows name tests that exist
. tests/accept/lab/lib.sh
pytest -k test_contract_10
./dev contract
