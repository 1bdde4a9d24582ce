#!/usr/bin/env bash
# each folder has its README, docs/ARCHITECTURE names it, and the include table is checked by the build
. tests/accept/lab/lib.sh
for dir in src/*/; do
    dir=${dir%/}
    [ -f "$dir/README.md" ] || { echo "$dir has no README.md"; exit 1; }
    grep -q "${dir#src/}/" docs/ARCHITECTURE.md || { echo "docs/ARCHITECTURE.md does not name $dir"; exit 1; }
done
figure "$(ls -d src/*/ | wc -l) folders"
tests/check-includes
figure "$(git ls-files 'src/*.c' 'src/*.h' | wc -l) files keep to the include table"
