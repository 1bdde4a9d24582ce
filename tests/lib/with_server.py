"""with_server.py COMMAND [ARG...] - run a command beside a server made for it

The command finds the server in LW_URL (ends in "/"), LW_TOKEN and LW_ROOT; its exit status is ours.
LW_REF=1 takes the reference server; LW_ARGS and LW_CONFIG (JSON) go to the server.
"""
import json
import os
import subprocess
import sys

import lw


def main():
    with lw.Server(ref=bool(os.environ.get("LW_REF")), args=json.loads(os.environ.get("LW_ARGS", "[]")),
                   config=json.loads(os.environ.get("LW_CONFIG", "null"))) as s:
        env = dict(os.environ, LW_URL=s.url, LW_TOKEN=s.token, LW_ROOT=str(s.root))
        status = subprocess.run(sys.argv[1:], env=env).returncode
        if status:
            print(f"--- log of the server\n{s.log[-6000:]}", file=sys.stderr)
        return status


sys.exit(main())
