"""demo.py - an account, a project and a workspace that runs, through the hub's own API: what `./dev run` ends with

    demo.py PROGRAM STATE URL FILES

FILES is a directory with what a new workspace gets.
The account is made once; its name, password and API key are in STATE/demo-account (0600).  Prints how a person
gets in.
"""
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S = 180
NAME = "demo"

program, state, url, files = sys.argv[1], sys.argv[2], sys.argv[3].rstrip("/"), sys.argv[4]
XSRF = secrets.token_hex(16)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def admin(*args, feed=None):
    return subprocess.run([program, "admin", *args, "--state", state], input=feed, text=True, capture_output=True)


def account():
    """Password and key; the account is made if it is not there."""
    file = os.path.join(state, "demo-account")
    try:
        with open(file) as f:
            return f.read().split()[1:3]
    except FileNotFoundError:
        password = secrets.token_urlsafe(9)
    made = admin("user", "add", NAME, "--admin", "--password-stdin", feed=password + "\n")
    key = admin("token", NAME)
    for step in (made, key):
        if step.returncode:
            sys.exit(f"demo: no account was made: {step.stderr.strip()}")
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
        f.write(f"{NAME} {password} {key.stdout.strip()}\n")
    return password, key.stdout.strip()


class Api:
    def __init__(self, key):
        self.key = key

    def __call__(self, method, path, body=None):
        headers = {"Authorization": f"apikey {self.key}", "Content-Type": "application/json", "X-XSRFToken": XSRF,
                   "Cookie": f"_xsrf={XSRF}"}  # the latter two for servers of workspaces
        request = urllib.request.Request(path if "://" in path else f"{url}/api/v1/{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(), headers=headers)
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            try:
                words = json.load(e)["message"]
            except (ValueError, KeyError):
                words = str(e)
            raise SystemExit(f"demo: {method} {path}: {words}")


def give_files(api, item):
    """Into its home, through its own server, as a page would."""
    labs = api("GET", "session")["labs_url"]
    for name in sorted(os.listdir(files)):
        with open(os.path.join(files, name), encoding="utf-8") as f:
            text = f.read()
        notebook = name.endswith(".ipynb")
        api("PUT", f"{labs}/notebooks/{item['id']}/api/contents/home/{name}", {
            "type": "notebook" if notebook else "file", "format": "json" if notebook else "text",
            "content": json.loads(text) if notebook else text})


def workspace(api):
    """One that runs."""
    mine = [p for p in api("GET", "projects")["projects"] if p["short_name"] == NAME]
    project = mine[0] if mine else api("POST", "projects/", {"name": NAME, "description": "to look around"})
    there = api("GET", f"workspaces?family_id={project['id']}")["workspaces"]
    if not there:
        item = api("POST", "workspaces/", {"family_id": project["id"], "name": "welcome"})
    elif there[0]["state"] in ("stopped", "failed"):
        item = api("POST", f"workspaces/{there[0]['id']}/start", {})
    else:
        item = there[0]
    until = time.monotonic() + PATIENCE_S
    while item["state"] != "running":
        if item["state"] in ("failed", "stopped") or time.monotonic() > until:
            raise SystemExit(f"demo: the workspace is {item['state']}: {item['reason']}")
        time.sleep(0.2)
        item = api("GET", f"workspaces/{item['id']}")
    if not there:
        give_files(api, item)
    return item


password, key = account()
print(f"\n    {url}/login\n    user {NAME}, password {password}\n", flush=True)
api = Api(key)
began = time.monotonic()
item = workspace(api)
page = item.get("page_url") or f"{url}/"
print(f"    The workspace \"{item['name']}\" runs (after {time.monotonic() - began:.1f} s): {page}\n", flush=True)
