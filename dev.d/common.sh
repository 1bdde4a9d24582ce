# common.sh - what the steps share: messages, root, stamps

cache=$PWD/.cache
logs=$cache/log
mkdir -p "$cache" "$logs"
printf '*\n' >"$cache/.gitignore"

say () { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die () { printf 'dev: %s\n' "$*" >&2; exit 1; }

# Run a command as root, by sudo if we are not.
as_root () {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || die "needs root or sudo for: $*"
        sudo "$@"
    fi
}

# Run a command with its output in a log; show the end of that only if it fails, and what it was if we know.
quietly () {
    local name=$1
    shift
    if ! "$@" >"$logs/$name" 2>&1; then
        tail -n 40 "$logs/$name" >&2
        likely_reason "$logs/$name" >&2
        die "$name failed: $* (whole log: .cache/log/$name)"
    fi
}
likely_reason () {
    if grep -qE 'SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERTIFICATE_VERIFY|certificate verif' "$1"; then
        echo 'dev: the other side has a certificate that is not trusted: a proxy with an authority of its own needs' \
            'that among those of the system (update-ca-certificates)'
    elif grep -qE 'Temporary failure|Could not resolve|EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED|ETIMEDOUT' "$1" ||
        grep -qiE 'unreachable|timed out|connection refused' "$1"; then
        echo 'dev: the network cannot be reached; what was fetched once is in .cache, the rest needs it'
    fi
}

# fresh NAME INPUT...: true if step NAME was done with just these inputs (files: their content; other
# words: themselves).  `done_with` with the same arguments records that it was.
inputs_hash () {
    local i
    for i in "$@"; do
        if [ -f "$i" ]; then sha256sum <"$i"; else printf '%s\n' "$i"; fi
    done | sha256sum | cut -d' ' -f1
}
fresh () { [ "$(cat "$cache/stamp/$1" 2>/dev/null)" = "$(inputs_hash "${@:2}")" ]; }
done_with () {
    mkdir -p "$cache/stamp"
    inputs_hash "${@:2}" >"$cache/stamp/$1"
}

# One download or build at a time, also between two ./dev.
locked () {
    local name=$1
    shift
    (
        flock 9
        "$@"
    ) 9>"$cache/$name.lock"
}
