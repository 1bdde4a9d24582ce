"""A workspace that begins with a repository: git runs in its sandbox, and the way there is that of its machine"""
import pytest
from gitserve import GitServer
from lw import wait_for
from test_whole import Way, Whole, plain, running
from lwlabs import Window

pytestmark = [pytest.mark.ours, pytest.mark.skipif(plain, reason="needs root and labwright-spawner")]

# The repository is served on this host's loopback, which only a machine with the host's network reaches.
MACHINES = "".join(f"  {name}:\n    cpus: 1\n    memory: 1G\n    disk: 2G\n    pids: 500\n    network: {network}\n"
                   for name, network in (("cpu", "host"), ("apart", "none")))


class Open(Whole):
    def __init__(self):
        super().__init__()
        self.args = [*self.args, "--git-private"]
        (self.state / "machines.yml").write_text("machines:\n" + MACHINES)


@pytest.fixture(scope="module")
def ada():
    with Open() as h:
        h.set_up("root")
        person = h.person("ada")
        person.api("POST", "projects/", status=201, json={"name": "d"})
        yield person


@pytest.fixture
def g(tmp_path):
    with GitServer(tmp_path) as g:
        yield g


def begin(person, url, **more):
    body = {"family_id": "ada/projects/d", "git_url": url, **more}
    wid = person.api("POST", "workspaces/", status=201, json=body).json()["id"]
    running(person, wid)
    window = Window(person.hub, wid)
    window.enter(person)
    return wid, Way(window)


def names(way):
    return sorted(f["name"] for f in way.api("GET", "api/contents/home", status=200).json()["content"])


def test_the_files_are_there_and_belong_to_whoever_works_there(ada, g):
    g.repository("engine", {"floyd.yml": "env: python3\n", "a b/c.txt": "1"}, branches={"dev": {"dev.txt": "2"}})
    wid, way = begin(ada, g.url("engine"), git_branch="dev")
    assert names(way) == ["a b", "dev.txt", "floyd.yml"]
    k = way.kernel("bash")
    assert k.execute("cd ~ && git status --porcelain && git branch --show-current && touch a\\ b/new && echo ok").text == "dev\nok\n"
    k.ws.close()
    ada.api("DELETE", f"workspaces/{wid}", status=204)


def test_what_cannot_be_cloned_is_told_in_a_workspace_that_opens(ada, g):
    wid, way = begin(ada, g.url("engine"), instance_type="apart")
    assert names(way) == ["GIT-CLONE-FAILED.txt"] and g.asked == []
    g.repository("engine", {"a.txt": "1"})
    ada.api("POST", f"workspaces/{wid}/stop")
    wait_for(lambda: ada.api("GET", f"workspaces/{wid}").json()["state"] == "stopped", 60, "the stop")
    ada.api("POST", f"workspaces/{wid}/start", json={"instance_type": "cpu"})
    running(ada, wid)
    assert names(way) == ["a.txt"]
    ada.api("DELETE", f"workspaces/{wid}", status=204)
