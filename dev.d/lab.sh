# lab.sh - the JupyterLab front end: the official wheel, pinned, unpacked, compressed once
#
# An input of the server, never committed and never patched: .cache/lab/share/jupyter/lab holds static/,
# schemas/, themes/ and the LICENSE of the wheel, and beside each static text file its .gz and .br.

dev_lab () { locked lab fetch_lab; }

fetch_lab () {
    local to=$cache/lab/share/jupyter/lab new=$cache/lab.new
    if [ -d "$to" ] && fresh lab dev.d/lab.txt dev.d/lab.sh; then return; fi
    say "JupyterLab front end ($(cut -d' ' -f1 dev.d/lab.txt))"
    rm -rf "$new" # the one there is serves until the new one is whole
    mkdir -p "$new"
    quietly lab-download "$python" -m pip download -q --disable-pip-version-check --no-deps \
        --only-binary :all: --require-hashes -r dev.d/lab.txt -d "$new/dl"
    "$python" - "$new"/dl/jupyterlab-*.whl "$new/share/jupyter/lab" <<'END'
import pathlib, sys, zipfile
wheel, to = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
for info in wheel.infolist():
    inside = info.filename.partition(".data/data/share/jupyter/lab/")[2]
    if info.filename.endswith(".dist-info/licenses/LICENSE"):
        inside = "LICENSE"
    if inside and not info.is_dir():
        (to / inside).parent.mkdir(parents=True, exist_ok=True)
        (to / inside).write_bytes(wheel.read(info))
END
    rm -r "$new/dl"
    say "compressing its static files (once; about a minute)"
    find "$new/share/jupyter/lab" -type f -size +511c \
        \( -name '*.js' -o -name '*.css' -o -name '*.svg' -o -name '*.json' \) -print0 |
        xargs -0 -n 8 -P "$(nproc)" sh -c 'gzip -9 -n -k "$@" && brotli -q 11 -k "$@"' -
    rm -rf "$cache/lab.old"
    [ ! -d "$cache/lab" ] || mv "$cache/lab" "$cache/lab.old"
    mv "$new" "$cache/lab"
    rm -rf "$cache/lab.old"
    done_with lab dev.d/lab.txt dev.d/lab.sh
}
