"""Fixtures of the black-box tests.

    def test_x(lab):            a fresh server for this test
    def test_x(shared):         one server for all tests of the file that use it
    def test_x(make_server):    make_server(args=[...], env={...}, config={...}, ...) any number of times

`pytest --ref` runs the same tests against the reference server instead (the oracle); a test that is
about something only ours does is marked `@pytest.mark.ours` and left out there.
"""
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "lib"))
import lw  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--ref", action="store_true", help="test the reference server instead of ours")


def pytest_configure(config):
    config.addinivalue_line("markers", "ours: not comparable with the reference server")
    config.lw_servers = []


def pytest_collection_modifyitems(config, items):
    if config.getoption("--ref"):
        skip = pytest.mark.skip(reason="the reference server has no such thing")
        for item in items:
            if item.get_closest_marker("ours"):
                item.add_marker(skip)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for s in item.config.lw_servers:
            report.sections.append((f"log of the server at port {s.port}", s.log[-6000:]))


def starter(config):
    started = []

    def start(*args, **kw):
        kw.setdefault("ref", config.getoption("--ref"))
        s = lw.Server(*args, **kw)
        started.append(s)
        config.lw_servers.append(s)
        return s

    def close():
        for s in started:
            config.lw_servers.remove(s)
            s.close()

    return start, close


@pytest.fixture
def make_server(pytestconfig):
    start, close = starter(pytestconfig)
    yield start
    close()


@pytest.fixture
def lab(make_server):
    return make_server()


@pytest.fixture(scope="module")
def shared(pytestconfig):
    start, close = starter(pytestconfig)
    yield start()
    close()


@pytest.fixture(scope="session")
def root_user():
    """For tests that need to be root; `not_root` is its opposite."""
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture
def mounted(root_user, tmp_path):
    """mounted("tmpfs", "size=1m"): a directory with a small file system of that type."""
    places = []

    def mount(kind, options="mode=755"):
        place = tmp_path / f"{kind}-{len(places)}"
        place.mkdir()
        r = subprocess.run(["mount", "-t", kind, "-o", options, "none", str(place)], capture_output=True, text=True)
        if r.returncode:
            pytest.skip(f"cannot mount: {r.stderr.strip()}")
        places.append(place)
        return place
    yield mount
    for place in places:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="session")
def not_root():
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
