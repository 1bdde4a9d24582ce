"""labwright env: environments made with pip from a directory of our own wheels, whole or not at all."""
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from lw import default_binary

# A Python that can make virtual environments: the one that runs these tests can, unless it is in one.
PYTHON = os.path.realpath(sys.executable)


def wheel(folder, name, version, needs=None):
    """A wheel by hand: a module with its version."""
    info = f"{name}-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as z:
        z.writestr(f"{name}.py", f"version = '{version}'\n")
        z.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
        z.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    wheel(folder, "lwone", "1.0")
    wheel(folder, "lwone", "2.0")
    wheel(folder, "lwtwo", "1.0", needs="lwone")
    return folder


class Env:
    def __init__(self, state, wheels):
        self.state, self.wheels = state, wheels

    def __call__(self, *args, code=0):
        done = subprocess.run([default_binary(), "env", *args, "--state", self.state], capture_output=True, text=True,
                              timeout=120, env=os.environ | {"PIP_CONFIG_FILE": "/dev/null"})
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def create(self, name, requirements, *args, code=0):
        file = self.state.parent / "requirements.txt"
        file.write_text(requirements)
        return self("create", name, "-r", str(file), "--python", PYTHON, "--no-index", "--find-links", str(self.wheels),
                    "--no-kernel", "--quiet", *args, code=code)

    def names(self):
        return [e["name"] for e in json.loads(self("list", "--json").stdout)["environments"]]

    def prefix(self, name):
        text = (self.state / "environments" / f"{name}.yml").read_text()
        return self.state / next(line.split('"')[1] for line in text.splitlines() if "prefix" in line)


@pytest.fixture
def env(tmp_path, wheels):
    state = tmp_path / "state"
    state.mkdir(mode=0o711)
    return Env(state, wheels)


def test_create_list_check_remove(env):
    done = env.create("science", "lwtwo\nlwone<2\n", "--title", "Größe", "--alias", "tensorflow-1.8", "--alias", "sci")
    name, digest = done.stdout.split()
    assert name == "science" and digest.startswith("sha256:")
    assert env.names() == ["science", "python3"]
    row = env("list").stdout.splitlines()[2].split()
    assert row[:4] == ["science", "Größe", "prefix", "prefix"]
    python = env.prefix("science") / "bin/python"
    said = subprocess.run([python, "-c", "import lwone, lwtwo; print(lwone.version)"], capture_output=True, text=True)
    assert said.stdout == "1.0\n"
    assert "science (cpu): fine" in env("check", "science").stdout
    # Somebody changes what is installed: check says so.
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-index", "-f", env.wheels, "lwone==2.0"], check=True)
    assert "has changed since" in env("check", "science", code=1).stdout
    subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", "lwone"], check=True)
    env("remove", "science")
    assert env.names() == ["python3"]
    assert not (env.state / "env/science").exists()
    assert "no environment 'science'" in env("remove", "science", code=1).stderr


def test_half_made_is_never_there(env):
    assert "pip install failed" in env.create("broken", "no-such-package-of-ours\n", code=1).stderr
    assert env.names() == ["python3"]
    assert list((env.state / "env/broken").iterdir()) == []
    # What was there stays when making it anew fails, and is exchanged when it works.
    env.create("e", "lwone==1.0\n")
    before = env.prefix("e")
    assert "--replace" in env.create("e", "lwone==2.0\n", code=1).stderr
    env.create("e", "no-such-package-of-ours\n", "--replace", code=1)
    assert env.prefix("e") == before and before.exists()
    env.create("e", "lwone==2.0\n", "--replace")
    assert env.prefix("e") != before and not before.exists()


def test_gpu_variant(env, tmp_path):
    gpu = tmp_path / "gpu.txt"
    gpu.write_text("lwone==2.0\n")
    env.create("both", "lwone==1.0\n", "--gpu-requirements", str(gpu))
    item = next(e for e in json.loads(env("list", "--json").stdout)["environments"] if e["name"] == "both")
    assert item["cpu"]["digest"] != item["gpu"]["digest"]
    lines = env("check").stdout.splitlines()
    assert "both (cpu): fine" in lines and "both (gpu): fine" in lines


@pytest.mark.parametrize("name", ["../x", "", "a b", ".hidden", "x" * 65, "-r"])
def test_names(env, name):
    done = subprocess.run([default_binary(), "env", "create", "--state", env.state, "--", name], capture_output=True,
                          text=True, timeout=30)
    assert done.returncode != 0 and "name" in done.stderr
    assert not (env.state / "env").exists()


def test_errors_before_minutes_go_by(env):
    assert "cannot be read" in env("create", "x", "-r", "/nowhere/r.txt", code=1).stderr
    assert "no state directory" in Env(env.state / "none", None)("list", code=1).stderr
    assert "what to do is" in env("destroy", code=1).stderr
    assert env("create", "--nonsense", code=2).stderr.startswith("labwright env: no such option: --nonsense")
    # An alias that cannot be one: nothing is left.
    assert "alias" in env.create("x", "lwone\n", "--alias", "a b", code=1).stderr
    assert env.names() == ["python3"]


def test_no_secret_in_argv(env, tmp_path):
    spy = tmp_path / "python3"
    spy.write_text('#!/bin/sh\necho "$@" >> "$SPY"; echo "$PIP_INDEX_URL" >> "$SPY.env"; exit 3\n')
    spy.chmod(0o755)
    done = subprocess.run([default_binary(), "env", "create", "x", "--python", str(spy), "--index-url",
                           "https://u:s3cr3tword@pypi.example/simple", "--state", env.state], capture_output=True, text=True,
                          env=os.environ | {"SPY": str(tmp_path / "spy")}, timeout=30)
    assert done.returncode == 1
    assert "s3cr3tword" not in (tmp_path / "spy").read_text() and "s3cr3tword" in (tmp_path / "spy.env").read_text()


def test_one_at_a_time(env, wheels):
    import fcntl
    env.create("a", "lwone\n")
    with open(env.state / "env/.lock", "r+") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        assert "another `labwright env`" in env("remove", "a", code=1).stderr
    shutil.rmtree(env.prefix("a"))
    assert "is not there" in env("check", "a", code=1).stdout
