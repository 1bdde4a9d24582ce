"""serve.py - a server for tests in another language, over two pipes

Writes one JSON line about the server, then obeys JSON lines on standard input, each answered by one:
    {"do": "kill9"}  {"do": "start"}  {"do": "stop"}  {"do": "log"}  {"do": "pids"}  {"do": "upgrade"}
"upgrade" is a kill and a start of a copy of the program.
End of input ends the server and everything it started.  LW_REF=1: the reference server.  Arguments go to
the server's command line; LW_CONFIG holds its configuration as JSON, LW_ENVIRON variables for it.
"""
import atexit
import json
import os
import shutil
import sys

import lw


def say(**what):
    print(json.dumps(what), flush=True)


def upgrade(s):
    """Another program takes over; it lies beside the old one, where it finds what belongs to it."""
    new = f"{s.binary}-upgraded-{os.getpid()}"
    shutil.copy2(s.binary, new)
    s.kill9()
    s.binary = new
    s.start()
    atexit.register(os.unlink, new)  # it may be started again


def main():
    config = json.loads(os.environ.get("LW_CONFIG") or "null")
    environ = json.loads(os.environ.get("LW_ENVIRON") or "null")
    with lw.Server(ref=bool(os.environ.get("LW_REF")), args=sys.argv[1:], config=config, env=environ,
                   timeout=60) as s:
        say(url=s.url, token=s.token, root=str(s.root), home=str(s.home), ref=s.ref, tmp=str(s.tmp))
        for line in sys.stdin:
            what = json.loads(line)["do"]
            if what == "log":
                say(log=s.log)
            elif what == "pids":
                say(pids=s.pids)
            elif what == "start":
                s.start()
                say(started=True)
            elif what == "upgrade":
                upgrade(s)
                say(started=True)
            else:
                say(status={"kill9": s.kill9, "stop": s.stop}[what]())


main()
