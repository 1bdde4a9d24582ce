#!/usr/bin/env bash
# isolation table: another person and another workspace of the same person, every row refused, every row able to succeed
. tests/accept/hub/lib.sh
figure "$(grep -c '^@row' tests/lib/isolation_rows.py) rows, network none and nat, two strangers each; and what tells origins apart"
pytest -k 'test_isolation_sandbox or test_rooms or test_labs_routes'
