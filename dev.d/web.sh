# web.sh - our JupyterLab extension, built where the server of this tree finds it

dev_web () {
    locked web build_web
    web_units
}

build_web () {
    local out=web/extension/labextension sources
    mapfile -t sources < <(find web -path '*/node_modules' -prune -o -path web/extension/lib -prune -o -path "$out" -prune \
        -o -type f -print | LC_ALL=C sort)
    if [ -d "$out" ] && fresh web "${sources[@]}"; then return; fi
    npm_ci web
    say "JupyterLab extension"
    rm -rf "$out" web/extension/lib
    quietly web build_web_in "$out"
    done_with web "${sources[@]}"
}

# Half of an extension is worse than none: a page that loads it reports errors.
build_web_in () {
    npm --prefix web run build && return
    rm -rf "$1"
    return 1
}

# A release archive carries the built extension and needs no Node; and without it Lab is still Lab.
build_web_if_possible () {
    if [ ! -d .git ] && [ ! -f .git ] && [ -d web/extension/labextension ]; then return; fi
    (locked web build_web) ||
        say "our extension of JupyterLab was not built, for the reason above: going on with plain JupyterLab"
}

# Its units, without a browser.
web_units () {
    need_node
    local status=0 out=$cache/log/web-units.json
    rm -f "$out"
    npm --prefix web/extension test -- --reporter=default --reporter=json --outputFile.json="$out" || status=$?
    # shellcheck disable=SC2046
    [ ! -f "$out" ] || count web $(node -p '
        const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
        [r.numPassedTests, r.numFailedTests + r.numFailedTestSuites * !r.numFailedTests, r.numPendingTests].join(" ")' "$out")
    return $status
}
