# run.sh - from a bare machine to a running server

dev_run () {
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
