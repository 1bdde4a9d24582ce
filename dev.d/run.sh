# run.sh - from a bare machine to a running installation, or to one person's server

dev_run () {
    case ${1-} in
        lab) shift; run_lab "$@" ;;
        *) run_hub "$@" ;;
    esac
}

# One person's JupyterLab, in a directory with things to look at.
run_lab () {
    deps_run
    dev_build
    dev_lab
    dev_env
    build_web_if_possible
    local demo=${LABWRIGHT_DEMO:-$cache/demo} args=(--no-browser)
    [ "$(id -u)" -ne 0 ] || args+=(--allow-root)
    mkdir -p "$demo"
    cp -Rn demo/. "$demo"/ 2>/dev/null || true
    say "labwright lab in $demo; Ctrl-C ends it"
    cd "$demo"
    exec "$OLDPWD/build/labwright" lab "${args[@]}" "$@"
}

# ---- people, projects and workspaces ----

# Everything as root, whose sandboxes have limits and networks; without root (and LABWRIGHT_ROOTLESS=1, or no sudo)
# as far as that goes.
run_hub () {
    deps_run
    dev_build
    dev_lab
    build_web_if_possible
    local become=() state program args=("$@")
    if [ "$(id -u)" -ne 0 ] && [ -z "${LABWRIGHT_ROOTLESS-}" ] && command -v sudo >/dev/null; then
        become=(sudo)
    fi
    if [ "$(id -u)" -eq 0 ] || [ ${#become[@]} -gt 0 ]; then
        state=${LABWRIGHT_STATE:-/var/lib/labwright-demo}
    else
        state=${LABWRIGHT_STATE:-$cache/state}
        say "without root: workspaces are separated less well; labwright doctor tells how"
    fi
    run_prepare
    run_serve
}

# Others than its owner must be able to read the program: the hub has a uid of its own, and so has each person.
run_prepare () {
    "${become[@]}" mkdir -p "$state/environments"
    "${become[@]}" chmod 711 "$state"
    "${become[@]}" chmod 755 "$state/environments"
    program=$PWD
    if ! [ "$(id -u)" -eq 0 ] && [ ${#become[@]} -eq 0 ]; then
        :
    elif ! "${become[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$PWD/build/labwright"; then
        program=$state/program
        say "copying the program to $program, because others may not enter $PWD"
        run_copy
    fi
    run_environment
}

# What a server finds beside its build tree, in the same places.  File by file over what is there: workspaces that
# run have these directories.
run_copy () {
    "${become[@]}" mkdir -p "$program/.cache/lab"
    tar -cf - --exclude=node_modules --exclude='*.o' --exclude='*.a' --exclude=.deps --exclude=autom4te.cache \
        --exclude=./.git --exclude=./.cache --exclude='./build-*' --exclude='./build/test_*' --exclude='./build/fuzz_*' . |
        "${become[@]}" tar -xf - --no-same-owner -C "$program"
    "${become[@]}" cp -Ru .cache/lab/. "$program/.cache/lab/"
    "${become[@]}" sed -i "s|$PWD/build|$program/build|" "$program"/build/share/jupyter/kernels/*/kernel.json
    "${become[@]}" chmod -R a+rX "$program"
}

# A Python with what notebooks use, as the environment "python3".
run_environment () {
    local prefix=$state/env/python3 key
    key=$(inputs_hash dev.d/env.txt "$("$python" -V)")
    if [ "$("${become[@]}" cat "$prefix/made-from" 2>/dev/null)" != "$key" ]; then
        say "Python environment $prefix"
        "${become[@]}" rm -rf "$prefix"
        quietly env-python3 "${become[@]}" "$python" -m venv "$prefix"
        quietly env-python3 "${become[@]}" "$prefix/bin/python" -m pip install -q --disable-pip-version-check \
            --no-input --no-cache-dir -r dev.d/env.txt
        printf '%s\n' "$key" | "${become[@]}" tee "$prefix/made-from" >/dev/null
    fi
    "${become[@]}" chmod 755 "$state/env"
    printf '%s\n' 'title: Python 3' 'description: numpy, pandas, matplotlib and widgets' \
        'aliases: [default, base]' 'cpu: { prefix: env/python3 }' |
        "${become[@]}" tee "$state/environments/python3.yml" >/dev/null
    "${become[@]}" chmod 644 "$state/environments/python3.yml"
}

run_serve () {
    local out pid status=0
    out=$(mktemp)
    "${become[@]}" "$program/build/labwright" serve --state "$state" "${args[@]}" >"$out" &
    pid=$!
    # shellcheck disable=SC2064  # as they are now
    trap "rm -f '$out'; kill -TERM $pid 2>/dev/null || :; wait $pid || :; exit 143" INT TERM HUP
    until grep -q '^Labwright is at ' "$out"; do
        kill -0 "$pid" 2>/dev/null || { rm -f "$out"; wait "$pid" || die "labwright serve ended with status $?"; }
        sleep 0.1
    done
    "${become[@]}" "$python" dev.d/demo.py "$program/build/labwright" "$state" \
        "$(sed -n 's/^Labwright is at //p' "$out")" demo || say "the demo was not set up, for the reason above"
    say "Ctrl-C ends it; workspaces go on and are there at the next ./dev run"
    wait "$pid" || status=$?
    rm -f "$out"
    return $status
}
