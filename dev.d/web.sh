# web.sh - our JupyterLab extension and the hub's dashboard, built where the programs of this tree find them

dev_web () {
    locked web build_web
    web_units
}

build_web () {
    local out=web/extension/labextension dashboard=data/static/dashboard sources
    mapfile -t sources < <(find web -path '*/node_modules' -prune -o -path web/extension/lib -prune -o -path "$out" -prune \
        -o -type f -print | LC_ALL=C sort)
    if [ -d "$out" ] && [ -f "$dashboard/index.html" ] && fresh web "${sources[@]}"; then return; fi
    npm_ci web
    say "JupyterLab extension and dashboard"
    rm -rf "$out" "$dashboard" web/extension/lib
    quietly web build_web_in "$out" "$dashboard"
    done_with web "${sources[@]}"
}

# Half of an extension is worse than none: a page that loads it reports errors.
build_web_in () {
    npm --prefix web run build && return
    rm -rf "$@"
    return 1
}

# A release archive carries the built extension and needs no Node; and without it Lab is still Lab.
build_web_if_possible () {
    if [ ! -d .git ] && [ ! -f .git ] && [ -d web/extension/labextension ] &&
        [ -f data/static/dashboard/index.html ]; then return; fi
    (locked web build_web) ||
        say "our extension of JupyterLab and the dashboard were not built, for the reason above: going on with plain JupyterLab and plain pages"
}

# Its units, without a browser.
web_units () {
    need_node
    local status=0 part out=$cache/log/web-units
    rm -f "$out"-*.json
    for part in common dashboard extension; do
        npm --prefix "web/$part" test -- --reporter=default --reporter=json --outputFile.json="$out-$part.json" || status=$?
    done
    # shellcheck disable=SC2046
    [ ! -f "$out-extension.json" ] || count web $(node -p '
        const all = process.argv.slice(1).map(f => JSON.parse(require("fs").readFileSync(f)));
        const sum = of => all.reduce((n, r) => n + of(r), 0);
        [sum(r => r.numPassedTests), sum(r => r.numFailedTests + r.numFailedTestSuites * !r.numFailedTests),
            sum(r => r.numPendingTests)].join(" ")' "$out"-*.json)
    return $status
}
