"""Files: listings with somebody else at work, large files up and down, a notebook saved and opened."""
import json

from measure import Figure, Pair, client, lw, median, probing


def fill(server, count):
    folder = server.root / f"many{count}"
    folder.mkdir()
    for i in range(count):
        (folder / f"file-{i:06d}.txt").touch()


def listings(scale):
    """Theirs lists 100,000 files in minutes: its figure is ten times that of 10,000."""
    aims = {1000: None, 10000: None, 100000: 500}
    with Pair() as pair:
        for count in aims:
            for s in pair.servers:
                if not (s.ref and count > 10000):
                    fill(s, count)
        theirs, waits = {}, {}
        for count, aim in aims.items():
            def measure(s):
                with probing(s) as wait:
                    took = client(s, "time", "GET", f"api/contents/many{count}?content=1", 1)["p50"]
                return took, wait["p99"], wait["max"]
            repetitions = scale(5)
            ours = [measure(pair.ours) for _ in range(repetitions)]
            if count <= 10000:
                got = [measure(pair.theirs) for _ in range(repetitions if count == 1000 else 1)]
                theirs[count], *waits[count] = map(median, zip(*got))
            else:
                theirs[count], waits[count] = 10 * theirs[10000], waits[10000]
            scaled = "10 x 10,000 files" if count > 10000 else ""
            name = f"list {count:,} files"
            took, p99, worst = map(median, zip(*ours))
            yield Figure(name, "ms", took, theirs[count], aim, scaled=scaled)
            scaled = "of 10,000 files" if scaled else ""
            yield Figure(f"{name}: others wait, p99", "ms", p99, waits[count][0], aim and 5, scaled=scaled)
            yield Figure(f"{name}: others wait, at most", "ms", worst, waits[count][1], scaled=scaled)


def transfers(scale):
    """1 GiB, in chunks of 1 MiB as JupyterLab sends them; theirs an eighth of it."""
    mib = {False: 256 if scale.quick else 1024, True: 128}

    def upload(s):
        try:
            return client(s, "upload", "up.bin", mib[s.ref])["mb_s"]
        finally:
            (s.root / "up.bin").unlink(missing_ok=True)

    def download(s):
        return client(s, "download", "down.bin", (s.root / "down.bin").stat().st_size)["mb_s"]

    with Pair() as pair:
        ours, theirs = pair.each(scale(2), upload)
        yield Figure("upload of 1 GiB", "MB/s", median(ours), median(theirs), more=True, scaled="128 MiB")
        for s in pair.servers:
            with open(s.root / "down.bin", "wb") as f:
                for _ in range(mib[False]):
                    f.write(b"0123456789abcdef" * 65536)
        ours, theirs = pair.each(scale(3), download)
        yield Figure("download of 1 GiB", "MB/s", median(ours), median(theirs), more=True)


def big_notebook():
    """5 MB: 100 cells with a text, a picture and some HTML each."""
    nb = lw.notebook(*[f"plot({i})\n" * 20 for i in range(100)])
    for i, cell in enumerate(nb["cells"]):
        cell["execution_count"] = i
        cell["outputs"] = [
            {"output_type": "stream", "name": "stdout", "text": "".join(f"line {k} of {i}: é\n" for k in range(200))},
            {"output_type": "display_data", "metadata": {}, "data": {
                "image/png": "iVBORw0KGgo" + "A" * 30000, "text/html": "<td>1.25</td>\n" * 1000,
                "text/plain": "<Figure size 640x480 with 1 Axes>"}}]
    return nb


def notebooks(scale):
    """Each save changes something, as saves do: nothing of it is known already."""
    with Pair() as pair:
        nb = big_notebook()
        for s in pair.servers:
            for i in range(2):
                nb["cells"][0]["source"] = "x" * (i + 1)
                body = json.dumps({"type": "notebook", "format": "json", "content": nb}).encode()
                (s.tmp / f"body{i}.json").write_bytes(body)

        def save(s):
            return median(client(s, "time", "PUT", "api/contents/big.ipynb", 1, s.tmp / f"body{i % 2}.json")["p50"]
                          for i in range(3))

        def read(s):
            return client(s, "time", "GET", "api/contents/big.ipynb?content=1", 3)["p50"]

        pair.each(1, save)
        size = f"{len(body) / 1e6:.1f} MB notebook"
        yield Figure(f"save a {size}", "ms", *map(median, pair.each(scale(5), save)), 20)
        yield Figure(f"open a {size}", "ms", *map(median, pair.each(scale(5), read)), 20)
