"""bench.py [--quick] [--json FILE] [NAME...] - figures of ours beside those of the reference server

Same clients, same run, in turns; medians; the ratio says how many times better ours is.  The aims are those
of the design, whatever the machine is: on a small or busy one some are missed that are met elsewhere, and the
ratios tell more.  --quick takes fewer repetitions, as does what is still to come after four minutes.  The exit status is 1 only if something did not work or was left out.
"""
import argparse
import json
import os
import sys
import time
import traceback
from dataclasses import asdict

import contents
import idle
import kernels
import page_load
import small_get
import terminals

PATIENCE = 240  # seconds with all repetitions; the rest takes as long again
LIMIT = 540     # on a busy machine: what has not begun by then is left out, and said so
SUBJECTS = {f.__name__: f for f in (
    idle.start, idle.idle, small_get.small_get, kernels.latency, kernels.floods, kernels.large_outputs,
    kernels.viewers, kernels.first_result, contents.listings, contents.transfers, contents.notebooks,
    terminals.terminals, page_load.page)}


class Scale:
    """How many repetitions to take of N: a third if asked to be quick, or when a busy machine takes long."""

    def __init__(self, quick):
        self.asked, self.began = quick, time.monotonic()

    @property
    def quick(self):
        return self.asked or time.monotonic() - self.began > PATIENCE

    def __call__(self, n):
        return max(1, n // 3) if self.quick else n


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def show(f):
    theirs = ("~" if f.scaled else "") + number(f.theirs)
    ratio = f"{f.ratio:.1f}" if f.ratio and f.ratio > 0 else "-"
    aim = "" if f.aim is None else f"{'>=' if f.more else '<='} {number(f.aim)}"
    verdict = {None: "", True: "met", False: "MISSED"}[f.met]
    print(f"{f.name:48s}{number(f.ours):>10s}{theirs:>11s}{ratio:>8s}  {f.unit:6s}{aim:>10s}  {verdict:7s}"
          + (f" ~ {f.scaled}" if f.scaled else ""), flush=True)


def measure(name, scale, figures):
    """One subject; false if it did not work."""
    began = time.monotonic()
    if began - scale.began > LIMIT:
        print(f"{name}: not measured, the time is over")
        return False
    try:
        for f in SUBJECTS[name](scale):
            show(f)
            figures.append(dict(asdict(f), subject=name, ratio=f.ratio, met=f.met))
    except Exception:  # the other subjects are measured all the same
        traceback.print_exc()
        return False
    finally:
        print(f"# {name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SUBJECTS))
    args = parser.parse_args()
    unknown = set(args.names) - set(SUBJECTS)
    if unknown:
        parser.error(f"no such subject: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    print(f"{'':48s}{'ours':>10s}{'theirs':>11s}{'ratio':>8s}  {'unit':6s}{'aim':>10s}")
    figures, scale = [], Scale(args.quick)
    load = os.getloadavg()
    worked = [measure(name, scale, figures) for name in args.names or SUBJECTS]
    aimed = [f for f in figures if f["met"] is not None]
    print(f"{sum(f['met'] for f in aimed)} of {len(aimed)} aims met; load before: {load[0]:.1f}, "
          f"{os.cpu_count()} processors")
    if args.json:
        with open(args.json, "w") as out:
            json.dump({"processors": os.cpu_count(), "load": load, "figures": figures}, out, indent=1)
    return 0 if all(worked) else 1


if __name__ == "__main__":
    sys.exit(main())
