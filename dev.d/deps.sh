# deps.sh - packages of the distribution

deps_build='autoconf automake make gcc pkg-config libwebsockets-dev libzmq3-dev libjansson-dev uuid-dev libssl-dev
    libyaml-dev libcurl4-openssl-dev libcgroup-dev libseccomp-dev libsqlite3-dev libargon2-dev libpcre2-dev
    libwslay-dev libhttp-parser-dev libarchive-dev zlib1g-dev libvterm-dev libcmocka-dev brotli ca-certificates
    git procps nftables'
deps_python='python3 python3-venv python3-pip'
deps_test='chromium fonts-dejavu-core vim-tiny strace iproute2 util-linux openssl xz-utils'
# An R kernel and a compiled one beside ipykernel: the protocols must not depend on the language.
deps_kernels='r-cran-irkernel'

missing_packages () {
    local p
    for p in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || printf '%s\n' "$p"
    done
}

install_packages () {
    command -v dpkg-query >/dev/null ||
        die "this is no Debian or Ubuntu; install what these packages hold: $*"
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    # A list that is not to be had is no reason to stop: one of the others may do.
    quietly apt as_root sh -c 'export DEBIAN_FRONTEND=noninteractive
        apt-get -q update
        apt-get -q -y --no-install-recommends install "$@"' - "${missing[@]}"
}

# shellcheck disable=SC2086  # the lists are words
deps_run () { install_packages $deps_build $deps_python; }
# shellcheck disable=SC2086
dev_deps () { install_packages $deps_build $deps_python $deps_test $deps_kernels; }
