# lib.sh - what the acceptance scripts share; sourced from the tree's root
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
figure () { printf '  figure: %s\n' "$*"; }
pytest () { LW_ENV=$PWD/.cache/venv ./dev blackbox "$@"; }
