#!/usr/bin/env bash
# the Bash kernel: jupyter_kernel_test passes, and 30 kinds of cells give what a terminal gives
. tests/accept/survive/lib.sh
report=$(mktemp)
pytest blackbox/test_bash_kernel_suite.py blackbox/test_bash_kernel.py blackbox/test_bash_cells.py -v | tee "$report"
cells=$(grep -c 'as_on_a_terminal.*PASSED' "$report")
figure "$cells cells give what a terminal gives; $(grep -c 'TestBash.*PASSED' "$report") tests of jupyter_kernel_test pass"
! grep -q 'could not import' "$report"
rm -f "$report"
[ "$cells" -ge 30 ]
