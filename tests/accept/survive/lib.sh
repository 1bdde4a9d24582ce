# lib.sh - what the acceptance scripts share; sourced from the tree's root
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"
