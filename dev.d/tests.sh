# tests.sh - the suites, and the count that `./dev test` ends with
#
# Each suite leaves "passed failed skipped" in .cache/count/SUITE, whatever its runner prints.

suites='unit web blackbox client browser contract'

count () { mkdir -p "$cache/count"; printf '%s %s %s\n' "$2" "$3" "$4" >"$cache/count/$1"; }

# The hub and each person have uids of their own.  Where those may not enter the tree, as in root's home, a copy is
# tested; it is kept, with its caches.
for_others () {
    local copy=/var/lib/labwright-test
    [ "$(id -u)" -eq 0 ] || return 0
    ! setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$PWD/dev" || return 0
    say "testing a copy, $copy, because others may not enter $PWD"
    mkdir -p "$copy"
    find "$copy" -mindepth 1 -maxdepth 1 ! -name .cache ! -name build -exec rm -rf {} +
    tar -cf - --exclude=node_modules --exclude=./.cache --exclude=./build --exclude='./build-*' . |
        tar -xf - --no-same-owner -C "$copy"
    chmod -R a+rX "$copy"
    cd "$copy"
    exec ./dev "$@"
}

# Everything; a suite that fails does not keep the others from running.
dev_test () {
    local suite status=0 p f s passed=0 failed=0 skipped=0 began=$SECONDS
    dev_deps
    dev_build
    dev_lab
    dev_env
    rm -rf "$cache/count"
    for suite in $suites; do
        say "$suite"
        # A child, so that a failure inside ends the suite and not the others.
        "$PWD/dev" "$suite" || { status=1; say "$suite failed"; }
        [ -f "$cache/count/$suite" ] || count "$suite" 0 1 0
    done
    say "figures ($((SECONDS - began)) s)"
    for suite in $suites; do
        read -r p f s <"$cache/count/$suite"
        printf '  %-10s %4d passed %4d failed %4d skipped\n' "$suite" "$p" "$f" "$s"
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    done
    [ "$failed" -eq 0 ] || status=1
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    return $status
}

# make check, in TREE; `./dev unit test_route` runs one.
dev_unit () {
    local tree=${BUILD:-build} status=0 out
    [ -f "$tree/Makefile" ] || dev_build
    out=$cache/log/unit-$tree
    make -s -C "$tree" -j"$(nproc)" check ${1:+TESTS="$*"} >"$out" 2>&1 || status=$?
    grep -E '^(FAIL|ERROR|XPASS)|: error:|undefined reference' "$out" || true
    [ $status -eq 0 ] || grep -q '^# TOTAL' "$out" || tail -n 20 "$out"
    awk '/^# (TOTAL|PASS|FAIL|SKIP|ERROR):/ { n[$2] += $3 }
         END { print n["PASS:"] + 0, n["FAIL:"] + n["ERROR:"] + 0, n["SKIP:"] + 0 }' "$out" >"$out.count"
    local p f s
    read -r p f s <"$out.count"
    [ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
    count unit "$p" "$f" "$s"
    printf 'unit: %d passed, %d failed, %d skipped\n' "$p" "$f" "$s"
    return $status
}

# The programs of the tree that tests drive.
test_programs () {
    [ -n "${LABWRIGHT-}" ] || { dev_build; export LABWRIGHT=$PWD/build/labwright; }
    if [ -z "${LW_ENV-}" ]; then dev_env; fi
    dev_lab
    build_web_if_possible
    test_env
}

dev_blackbox () {
    test_programs
    dev_refenv
    local status=0 junit=$cache/log/blackbox.xml
    (cd tests && "$cache/testvenv/bin/python" -m pytest --junitxml="$junit" "$@") || status=$?
    "$python" - "$junit" "$cache" <<'END'
import os, sys, xml.etree.ElementTree as xml
n = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
for s in xml.parse(sys.argv[1]).getroot().iter("testsuite"):
    for k in n:
        n[k] += int(s.get(k, 0))
bad = n["failures"] + n["errors"]
os.makedirs(sys.argv[2] + "/count", exist_ok=True)
with open(sys.argv[2] + "/count/blackbox", "w") as f:
    print(n["tests"] - bad - n["skipped"], bad, n["skipped"], file=f)
END
    return $status
}

# with_server COMMAND...: run it with LW_URL and LW_TOKEN of a server made for it.
with_server () { "$cache/testvenv/bin/python" tests/lib/with_server.py "$@"; }

dev_client () {
    test_programs
    npm_ci tests/client
    local status=0 out=$cache/log/client
    with_server node tests/client/smoke.mjs | tee "$out" || status=$?
    count client "$(grep -c '^ok ' "$out")" "$(grep -c '^not ok ' "$out")" 0
    return $status
}

dev_browser () {
    test_programs
    test_extensions
    npm_ci tests/browser
    local status=0 out=$cache/log/browser files=("$@")
    [ $# -gt 0 ] || mapfile -t files < <(ls tests/browser/*.test.mjs)
    if ! command -v chromium >/dev/null; then
        echo "browser: skipped, there is no chromium"
        count browser 0 0 ${#files[@]}
        return
    fi
    export LW_PYTHON=$cache/testvenv/bin/python LW_SHOTS=${LW_SHOTS:-$cache/shots}
    export LW_EXTENSIONS=$cache/extensions/share/jupyter
    mkdir -p "$LW_SHOTS"
    # One file after the other: one Chromium at a time.
    node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$out" "${files[@]}" || status=$?
    # shellcheck disable=SC2046
    count browser $(awk '/^# (pass|fail|cancelled|skipped|todo) [0-9]+$/ { n[$2] += $3 }
        END { print n["pass"] + 0, n["fail"] + n["cancelled"] + 0, n["skipped"] + n["todo"] + 0 }' "$out")
    return $status
}

dev_contract () {
    "$python" tests/lib/contract.py tests/contract.tsv "$cache/count/contract"
}

# ./dev accept lab|survive|hub [N]
dev_accept () {
    local what=${1-} line=${2-} script status=0 began
    case $what in
        lab | survive | hub) ;;
        *) die "usage: ./dev accept lab|survive|hub [N]" ;;
    esac
    for script in tests/accept/$what/${line:+$(printf '%02d' "$line")-}*.sh; do
        [ -f "$script" ] || die "no such line: $line"
        began=$SECONDS
        say "$(basename "$script" .sh): $(sed -n '2s/^# //p' "$script")"
        if bash "$script"; then
            printf 'PASS %s (%d s)\n' "$(basename "$script" .sh)" $((SECONDS - began))
        else
            case $? in
                77) printf 'SKIP %s\n' "$(basename "$script" .sh)" ;;
                *) printf 'FAIL %s\n' "$(basename "$script" .sh)"; status=1 ;;
            esac
        fi
    done
    return $status
}

# Unit and black-box tests under the sanitizers, in a tree of their own.  Every process writes what is found
# into a file of its own: servers, keepers and workers have no other place that a test would look at.
dev_asan () {
    local dir=$cache/log/asan status=0
    CFLAGS='-O1 -g' build_tree build-asan --enable-asan --enable-ubsan --enable-werror
    rm -rf "$dir"
    mkdir -p "$dir"
    export ASAN_OPTIONS=log_path=$dir/report:detect_leaks=1
    export UBSAN_OPTIONS=log_path=$dir/report:print_stacktrace=1
    BUILD=build-asan dev_unit || status=1
    LABWRIGHT=$PWD/build-asan/labwright dev_blackbox --timeout 120 "$@" || status=1
    set -- "$dir"/report.*
    [ -e "$1" ] || { echo "asan: no reports"; return $status; }
    head -n 60 "$@" >&2
    echo "asan: $# reports in $dir"
    return 1
}

# fuzz [SECONDS] | fuzz NAME SECONDS: as many targets at once as there are cores.  New inputs stay in
# .cache/fuzz/NAME, what made a target fail in .cache/fuzz/NAME-*.
dev_fuzz () {
    local only='' seconds=60 target name running=0 status=0
    case $# in
        1) seconds=$1 ;;
        2) only=$1 seconds=$2 ;;
    esac
    install_packages clang libclang-rt-dev
    CC=clang CFLAGS='-O1 -g' build_tree build-fuzz --enable-fuzzers --enable-asan --enable-ubsan
    # shellcheck disable=SC2046
    trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
    for target in build-fuzz/fuzz_*; do
        [ -x "$target" ] && [ -f "$target" ] || continue
        name=${target##*/fuzz_}
        [ -z "$only" ] || [ "$only" = "$name" ] || continue
        if [ $running -ge "$(nproc)" ]; then
            wait -n || status=1
            running=$((running - 1))
        fi
        fuzz_one "$name" "$seconds" &
        running=$((running + 1))
    done
    for (( ; running > 0; running--)); do
        wait -n || status=1
    done
    return $status
}

fuzz_one () {
    local name=$1 seconds=$2 log=$cache/log/fuzz-$1 dict=tests/fuzz/$1.dict
    mkdir -p "$cache/fuzz/$name"
    [ -f "$dict" ] || dict=
    nice "build-fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        ${dict:+-dict="$dict"} -artifact_prefix="$cache/fuzz/$name-" \
        "$cache/fuzz/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 &
    # shellcheck disable=SC2064  # this process, now
    trap "kill $! 2>/dev/null; exit 1" TERM
    if ! wait $!; then
        tail -n 30 "$log" >&2
        echo "fuzz $name: a finding"
        return 1
    fi
    awk -v name="$name" '/DONE/ { cov = $4 } /^Done / { n = $2; s = $5 }
        END { printf "fuzz %s: %d inputs in %d s, %d/s, coverage %d\n", name, n, s, n / (s ? s : 1), cov }' "$log"
}

# bench [--quick] [NAME...].  All figures go to .cache/bench.json too.
dev_bench () {
    test_programs
    dev_refenv
    npm_ci tests/browser
    say "bench_client and fake_kernel"
    make -s -C "$(dirname "$LABWRIGHT")" bench_client fake_kernel
    "$cache/testvenv/bin/python" tests/bench/bench.py --json "$cache/bench.json" "$@"
}
