#!/usr/bin/env bash
# a day's use in one compressed run: memory, descriptors and journals end where they began
. tests/accept/survive/lib.sh
python tests/load/day.py "${DAY_SCALE:-1}"
