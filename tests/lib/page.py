"""page.py - a notebook's page as JupyterLab is one, without a browser: session, websocket, saves

    p = Page(server, "n.ipynb", ["print(1)", "2 + 2"])     writes the notebook, makes the session, connects
    p.run(0)                                               sends the cell with its id, does not wait
    p.finish(0)                                            reads until it is done; the model has its outputs
    p.save()                                               the check that Lab makes, then PUT; Conflict if it would ask
    p.leave() / p.lose()                                   closes the tab / the cable is cut
"""
import json
from pathlib import Path

from kernelws import KernelWS  # noqa: F401  (what connect() gives)
from lw import notebook, wait_for


class Conflict(Exception):
    """JupyterLab would have asked whether to overwrite or to revert."""


class Page:
    def __init__(self, server, path, sources=None, kernel="python3", kernel_id=None, session_id=None):
        self.server, self.path, self.sent = server, path, {}
        if sources is not None:
            server.api("PUT", f"api/contents/{path}", json={"type": "notebook", "format": "json",
                                                            "content": notebook(*sources)}, status=(200, 201))
        self.session = server.api("POST", "api/sessions", status=201, timeout=90, json={
            "path": path, "type": "notebook", "name": path.rsplit("/", 1)[-1],
            "kernel": {"id": kernel_id} if kernel_id else {"name": kernel}}).json()
        self.kernel_id = self.session["kernel"]["id"]
        self.load()
        self.ws = server.connect(self.kernel_id, session_id)

    # -- the document

    def load(self):
        model = self.server.api("GET", f"api/contents/{self.path}?content=1&hash=1&type=notebook", status=200).json()
        self.nb, self.hash, self.modified = model.pop("content"), model["hash"], model["last_modified"]
        return self.nb

    def cell(self, i):
        return self.nb["cells"][i]

    def check(self):
        """As Lab's Context does it: with a hash only that counts."""
        now = self.server.api("GET", f"api/contents/{self.path}?content=0&hash=1", status=200).json()
        if self.hash != now["hash"]:
            raise Conflict(f"{self.path}: {self.hash} {now['hash']}")

    def save(self, check=True):
        if check:
            self.check()
        self.server.api("PUT", f"api/contents/{self.path}", status=(200, 201), json={
            "type": "notebook", "format": "json", "content": self.nb})
        self.hash = self.server.api("GET", f"api/contents/{self.path}?content=0&hash=1").json()["hash"]

    # -- cells

    def run(self, i, metadata=None, **content):
        c = self.cell(i)
        c["outputs"], c["execution_count"] = [], None
        self.sent[i] = self.ws.send("execute_request", {
            "code": c["source"], "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": True, "stop_on_error": True, **content},
            metadata={"cellId": c["id"], "deletedCells": [], "recordTiming": False, **(metadata or {})})
        return self.sent[i]

    def finish(self, i, **kw):
        r = self.ws.finish(self.sent[i], **kw)
        c = self.cell(i)
        c["execution_count"] = r.reply["content"].get("execution_count")
        for m in r.of("stream", "display_data", "execute_result", "error"):
            out = {k: v for k, v in m["content"].items() if k != "transient"}
            out["output_type"] = m["header"]["msg_type"]
            last = c["outputs"][-1] if c["outputs"] else {}
            if out["output_type"] == "stream" == last.get("output_type") and last["name"] == out["name"]:
                last["text"] += out["text"]
            else:
                c["outputs"].append(out)
        return r

    def started(self, i, timeout=30):
        """Wait until the kernel works on the cell."""
        return self.ws.until(lambda m: m["header"]["msg_type"] == "status" and m["parent_header"].get("msg_id") == self.sent[i]
                             and m["content"]["execution_state"] == "busy", timeout)

    def shows(self, i, timeout=30):
        """Wait until the cell has printed something."""
        return self.ws.until(lambda m: m["header"]["msg_type"] == "stream"
                             and m["parent_header"].get("msg_id") == self.sent[i], timeout)

    def leave(self):
        self.ws.close()

    def lose(self):
        self.ws.drop()

    # -- what the server has

    def recorded(self, adopt=False, session=None, outputs=True):
        """The answer of the endpoint, its entries by cell id."""
        session = session or self.ws.session
        r = self.server.api("GET", f"labwright/api/kernels/{self.kernel_id}/cells?session_id={session}"
                            + ("&adopt=1" if adopt else "") + ("" if outputs else "&outputs=0"), status=200).json()
        return {e["cell_id"]: e for e in r["entries"]}


def on_disk(server, path):
    """What another program reads.  A save overwrites in place, so it may come in the middle of one; not for long."""
    return wait_for(lambda: json.loads((server.root / path).read_text()), 5, f"a whole {path}")


def text_of(cell):
    """stdout of a cell, in either form."""
    return "".join("".join(o["text"]) for o in cell["outputs"] if o["output_type"] == "stream" and o["name"] == "stdout")


def wait_disk(server, path, condition, timeout=20, what=None):
    """Wait until CONDITION(cells of the notebook on disk)."""
    def look():
        cells = on_disk(server, path)["cells"]
        return cells if condition(cells) else None
    return wait_for(look, timeout, what or f"{path} on disk")


def put(server, path, nb, **kw):
    return server.api("PUT", f"api/contents/{path}", json={"type": "notebook", "format": "json", "content": nb}, **kw)


def versions(server, path):
    """The files of the earlier versions, oldest first."""
    stem = Path(path).stem
    return sorted((server.root / ".ipynb_checkpoints").glob(f"{stem}-2*Z.ipynb"))


def sources(nb):
    return ["".join(c["source"]) for c in nb["cells"]]
