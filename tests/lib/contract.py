"""contract.py TSV [COUNT-FILE] - check that the tests which tests/contract.tsv names exist and run

Each row: section, title, tests (ids with spaces between), left out ("statement -> reason", several with
" | " between).  An id is one of
    blackbox/test_x.py::test_y      a pytest test; without ::test_y all of the file
    unit/test_x  or unit/test_x::test_y     a program of `make check`; with ::, a test in it
    fuzz/fuzz_x                     a fuzz target, whose corpus runs in `make check`
    browser/x  or browser/x::words          a file of tests/browser; with ::, words of a scenario's name ("_" for spaces)
    client/words                    a step of tests/client/smoke.mjs
    accept/NN                       a line of tests/accept/lab
If the black-box suite has run since (its report is in .cache/log), a named test that was skipped or failed there
is told as well.  Fails on a row without a test, on an id that names nothing, and when a numbered sub-section of the
contract or a line of its endpoint index (section 12) has no row.
"""
import ast
import csv
import os
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
TESTS = TREE / "tests"


def words(text):
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def span(prefix, first, last):
    return [f"{prefix}.{n}" for n in range(first, last + 1)]


# The numbered sub-sections of the contract; 9 is a trace and has none.  3.4 is its own sub-sections.
SECTIONS = [*span("0", 1, 6), *span("1", 1, 11), *span("2", 1, 12), *span("3", 1, 3), *span("3.4", 1, 11),
            *span("3", 5, 9), *span("4", 1, 13), *span("5", 1, 7), *span("6", 1, 12), *span("7", 1, 12), "8",
            *span("10", 1, 30), "11 jansson", "11 libwebsockets", "11 libzmq", "11 others"]
# Section 12, its column "method path".
ENDPOINTS = """
GET /
GET /lab[/…], /doc[/…]
GET /static/*, /static/lab/*, /lab/extensions/*
GET /login, POST /login, GET /logout
GET /api
GET /api/status
GET,PATCH /api/me
GET /api/spec.yaml
GET /api/resolvePath
POST /api/shutdown
POST /api/security/csp-report
GET /metrics
GET /api/contents/*
POST /api/contents/*
PUT /api/contents/*
PATCH /api/contents/*
DELETE /api/contents/*
GET,POST …/checkpoints
POST,DELETE …/checkpoints/<id>
POST …/trust
GET,POST /api/kernels
GET,DELETE /api/kernels/<id>
POST /api/kernels/<id>/interrupt, restart
WS /api/kernels/<id>/channels
GET /api/kernelspecs[/<n>]
GET /kernelspecs/<n>/<f>
GET,POST /api/sessions
GET,PATCH,DELETE /api/sessions/<id>
GET,POST /api/terminals
GET,DELETE /api/terminals/<n>
WS /terminals/websocket/<n>
GET,PUT,PATCH /api/config/<s>
POST /api/events, WS /api/events/subscribe
GET /files/*, HEAD
GET /view/*
GET,POST /nbconvert/*, GET /api/nbconvert
GET,PUT /lab/api/settings[/<id>]
GET,PUT,DELETE /lab/api/workspaces[/<n>]
GET /lab/api/themes/*
GET /lab/api/translations[/<l>]
GET /lab/api/listings/*
GET /lab/api/licenses/
GET,POST /lab/api/extensions
GET,POST /lab/api/plugins
GET /lab/api/news, /lab/api/update
GET,POST,DELETE /lab/api/build
GET /custom/custom.css
GET /robots.txt, /favicon.ico
GET /lsp/status
""".strip().splitlines()


def defined(body, prefix):
    """Ids of the tests among the statements BODY of a module or a class."""
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from defined(node.body, f"{prefix}::{node.name}")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            yield f"{prefix}::{node.name}"


def collected():
    return {t for p in TESTS.glob("blackbox/test_*.py")
            for t in defined(ast.parse(p.read_text()).body, f"blackbox/{p.name}")}


def last_run():
    """{id: "passed" | "skipped" | "failed"} of the last run; of a test with parameters, the worst."""
    report, worst = TREE / ".cache/log/blackbox.xml", {}
    if not report.exists():
        return worst
    rank = ["skipped", "passed", "failed"]
    for case in xml.parse(report).getroot().iter("testcase"):
        # classname: blackbox.test_x or blackbox.test_x.TestClass
        parts = case.get("classname", "").split(".")
        name = "/".join(parts[:2]) + ".py::" + "::".join([*parts[2:], case.get("name").split("[")[0]])
        state = "passed"
        for child in case:
            if child.tag in ("failure", "error"):
                state = "failed"
            elif child.tag == "skipped":
                state = "skipped"
        worst[name] = max(worst.get(name, "skipped"), state, key=rank.index)
    return worst


class Ids:
    def __init__(self):
        self.pytest = collected()
        self.files = {t.split("::")[0] for t in self.pytest}
        makefiles = " ".join(p.read_text() for p in TESTS.glob("unit/**/Makefile.inc"))
        self.programs = set(re.findall(r"\b((?:test|fuzz)_\w+)_SOURCES", makefiles))
        self.unit = {p.stem: p.read_text() for p in TESTS.glob("unit/*/test_*.c")}
        self.browser = {p.name.split(".")[0]: [words(s) for s in re.findall(r"scenario\(lab, '(.*?)',", p.read_text())]
                        for p in TESTS.glob("browser/*.test.mjs")}
        smoke = (TESTS / "client/smoke.mjs").read_text()
        self.steps = [words(s) for s in re.findall(r"await step\('(.*?)',", smoke)]
        self.accept = {p.name[:2] for p in TESTS.glob("accept/lab/[0-9]*.sh")}

    def known(self, name):
        kind, _, rest = name.partition("/")
        rest, _, part = rest.partition("::")
        if kind == "blackbox":
            return name in self.pytest or (not part and name in self.files)
        if kind == "unit":
            return rest in self.programs and (not part or re.search(rf"\b{re.escape(part)}\b", self.unit.get(rest, "")))
        if kind == "fuzz":
            return rest in self.programs
        if kind == "browser":
            return rest in self.browser and (not part or any(part in s for s in self.browser[rest]))
        if kind == "client":
            return any(rest in s for s in self.steps)
        return kind == "accept" and rest in self.accept


def main():
    ids, ran, problems, warnings = Ids(), last_run(), [], []
    with open(sys.argv[1], newline="") as f:
        rows = [r for r in csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE) if r and not r[0].startswith("#")]
    left, named = [], set()
    for row in rows:
        if len(row) != 4:
            problems.append(f"{row[0]}: {len(row)} columns, not 4")
            continue
        section, title, tests, out = (c.strip() for c in row)
        left += [(section, s.strip()) for s in out.split(" | ") if s.strip()]
        if not tests.split():
            problems.append(f"{section} {title}: no test")
        for t in tests.split():
            named.add(t)
            if not ids.known(t):
                problems.append(f"{section} {title}: {t} does not exist")
            elif ran.get(t) in ("skipped", "failed"):
                warnings.append(f"{section} {title}: {t} {ran[t]} when the black-box suite last ran")
    have = {r[0].strip() for r in rows} | {f"12 {r[1].strip()}" for r in rows if r[0].strip() == "12"}
    for wanted in [*SECTIONS, *(f"12 {e}" for e in ENDPOINTS)]:
        if wanted not in have:
            problems.append(f"{wanted}: no row")
    for section, statement in left:
        if " -> " not in statement:
            problems.append(f"{section}: left out without a reason: {statement}")
        print(f"left out  {section}: {statement}")
    for w in warnings:
        print(f"note      {w}")
    for p in problems:
        print(f"problem   {p}")
    print(f"contract: {len(rows)} rows, {len(named)} tests named, {len(left)} statements left out, "
          f"{len(problems)} problems")
    if len(sys.argv) > 2:
        os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)
        bad = len({p.split(": ")[0] for p in problems})
        Path(sys.argv[2]).write_text(f"{len(rows) - bad} {bad} 0\n")
    return 1 if problems else 0


sys.exit(main())
