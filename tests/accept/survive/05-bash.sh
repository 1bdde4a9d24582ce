#!/usr/bin/env bash
# the Bash kernel: jupyter_kernel_test passes, and 30 kinds of cells give what a terminal gives
. tests/accept/survive/lib.sh
report=$(mktemp)
pytest blackbox/test_bash_kernel_suite.py blackbox/test_bash_kernel.py blackbox/test_bash_cells.py -rp | tee "$report"
passed () { grep -c "^PASSED .*$1" "$report" || true; }
cells=$(passed as_on_a_terminal)
figure "$cells cells give what a terminal gives; $(passed TestBash) tests of jupyter_kernel_test pass"
missing=0
for kind in 'terminal\[pipe\]' 'terminal\[here-document\]' 'terminal\[background job\]' \
    a_background_job_prints_after_the_cell 'input_as_on_a_terminal\[read\]' 'terminal\[colours\]' 'terminal\[cd\]' \
    'terminal\[functions\]' 'terminal\[traps\]' 'terminal\[set -e' 'of_the_shell_is_told\[set -e' \
    interrupted_as_on_a_terminal a_hundred_megabytes TestBash; do
  [ "$(passed "$kind")" -gt 0 ] || { echo "not there, or it failed: $kind"; missing=1; }
done
! grep -q 'could not import' "$report"
rm -f "$report"
[ "$cells" -ge 30 ] && [ "$missing" = 0 ]
