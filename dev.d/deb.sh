# deb.sh - one Debian package of everything, made by dpkg-deb from `make install`

dev_deb () {
    deps_run
    install_packages dpkg-dev
    dev_lab
    build_web_if_possible
    build_tree build-deb --prefix=/usr --sysconfdir=/etc --localstatedir=/var --libexecdir=/usr/libexec
    locked deb make_deb "$PWD/build-deb"
}

make_deb () {
    local build=$1 root=$1/root out
    rm -rf "$root"
    quietly deb-install make -C "$build" install-strip DESTDIR="$root" LABDIR="$cache/lab/share/jupyter/lab"
    deb_documents "$root"
    deb_control "$build" "$root"
    out=$build/$(deb_name "$root/DEBIAN/control")
    quietly deb-build dpkg-deb --root-owner-group -Zxz --build "$root" "$out"
    deb_check "$out"
    say "$out ($(du -h "$out" | cut -f1))"
}

deb_name () { awk '/^Package:/ {p = $2} /^Version:/ {v = $2} /^Architecture:/ {a = $2} END {print p "_" v "_" a ".deb"}' "$1"; }

# What Debian wants beside what upstream installs.
deb_documents () {
    local root=$1 doc=$1/usr/share/doc/labwright
    find "$root/usr/share/man" -type f ! -name '*.gz' -exec gzip -9n {} +
    rm -f "$doc/LICENSE"
    { cat packaging/debian/copyright; sed '1,4d; s/^$/./; s/^/ /' LICENSE; } >"$doc/copyright"
    printf 'labwright (%s) stable; urgency=medium\n\n  * As its repository has it.\n\n -- Labwright authors <authors@labwright.example>  %s\n' \
        "$(deb_version)" "$(git log -1 --format=%cD 2>/dev/null || LC_ALL=C date -R)" | gzip -9n >"$doc/changelog.gz"
    install -D -m 644 packaging/debian/default "$root/etc/default/labwright"
    find "$root/usr" -type d -exec chmod 755 {} +
}

deb_version () { sed -n 's/^AC_INIT(\[labwright\], \[\([^]]*\)\].*/\1/p' configure.ac; }

deb_control () {
    local build=$1 root=$2 libs
    mkdir -p "$root/DEBIAN" "$build/debian"
    printf 'Source: labwright\n\nPackage: labwright\nArchitecture: any\n' >"$build/debian/control"
    libs=$(cd "$build" && find root/usr -type f -perm -100 -exec sh -c 'head -c4 "$1" | grep -q ELF' - {} \; -print0 |
        xargs -0 dpkg-shlibdeps -O 2>"$logs/deb-shlibs" | sed -n 's/^shlibs:Depends=//p')
    [ -n "$libs" ] || die "dpkg-shlibdeps found no libraries (.cache/log/deb-shlibs)"
    sed -e "s/@VERSION@/$(deb_version)/; s/@ARCH@/$(dpkg --print-architecture)/; s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" \
        -e "s/@SHLIBS@/$libs/" packaging/debian/control.in >"$root/DEBIAN/control"
    echo /etc/default/labwright >"$root/DEBIAN/conffiles"
    install -m 755 packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm "$root/DEBIAN/"
    (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
    chmod 644 "$root/DEBIAN/control" "$root/DEBIAN/conffiles" "$root/DEBIAN/md5sums"
}

# By lintian where it is there; some of its rules are for packages in the archive.
deb_check () {
    if ! command -v lintian >/dev/null; then
        say "lintian is not installed: the package was not checked"
        return
    fi
    lintian --fail-on error --suppress-tags no-copyright-file,initial-upload-closes-no-bugs "$1" ||
        die "lintian found errors in $1"
}
