# lib.sh - what the acceptance scripts share; sourced from the tree's root
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"
python () { LABWRIGHT=$PWD/build/labwright LW_ENV=$PWD/.cache/venv "$PWD/.cache/testvenv/bin/python" "$@"; }
