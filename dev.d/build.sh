# build.sh - configure and make, in a tree of its own for each kind of build

# build_tree DIR [CONFIGURE OPTIONS]: the program and nothing else
build_tree () {
    local dir=$1
    shift
    [ -x configure ] || quietly autoreconf autoreconf -fi
    if [ ! -f "$dir/Makefile" ]; then
        local cc=${CC:-gcc}
        ! command -v ccache >/dev/null || cc="ccache $cc"
        mkdir -p "$dir"
        quietly configure sh -c 'cd "$1" && shift && exec ../configure -q "$@"' - "$dir" \
            CC="$cc" CFLAGS="${CFLAGS:--O2 -g}" "$@"
    fi
    say "make in $dir"
    make -s -C "$dir" -j"$(nproc)" all
}

dev_build () { locked build build_tree build; }

dev_clean () { rm -rf build build-asan build-fuzz build-deb; }
