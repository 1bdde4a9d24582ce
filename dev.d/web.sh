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
    quietly web npm --prefix web run build
    done_with web "${sources[@]}"
}

# A release archive carries the built extension and needs no Node; and without it Lab is still Lab.
build_web_if_possible () {
    if [ ! -d .git ] && [ ! -f .git ] && [ -d web/extension/labextension ]; then return; fi
    (locked web build_web) || say "going on without our extension"
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
