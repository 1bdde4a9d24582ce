# init.bash - what the kernel's shell reads first; it is built into the kernel
#
# The shell is an interactive bash on a terminal of its own.  For each turn the kernel types one line,
#
#      __labwright_go N >/dev/null 2>&1; eval "$__labwright_cell"        a cell
#      __labwright_ask N >/dev/null 2>&1                                 a question of the kernel's own
#
# `go` and `ask` report that the line was taken, wait until the kernel has set the terminal's modes, and read
# the text from a file.  When the prompt comes back, PROMPT_COMMAND reports the exit status, and waits until the
# next line was typed: what a cell left unread in the terminal is thrown away and never becomes a command.
# Reports go to a pipe that is opened for each of them, so that no program in a cell inherits it.
# $__labwright_dir is private to the user (0700); a variable that is not exported.

# Job control needs the controlling terminal as stderr when the shell starts; from here on it is another one.
__labwright_stderr=$LABWRIGHT_BASH_STDERR
exec 2<>"$__labwright_stderr"

# What an interactive shell reads.
if [ -z "${LABWRIGHT_BASH_PLAIN-}" ]; then
    [ ! -r /etc/bash.bashrc ] || . /etc/bash.bashrc
    [ ! -r ~/.bashrc ] || . ~/.bashrc
fi
unset LABWRIGHT_BASH_PLAIN LABWRIGHT_BASH_STDERR HISTFILE
set +o history +H
PATH=$LABWRIGHT_BASH_DIR/bin:$PATH
__labwright_dir=$LABWRIGHT_BASH_DIR
__labwright_turn=0 __labwright_trace= __labwright_cell=

__labwright_prompt () {
    local __labwright_status=$?
    # Tracing goes on in the next cell; meanwhile it would show our own lines.
    case $- in *x*) __labwright_trace=1 ;; *) __labwright_trace= ;; esac
    set +x
    PS0= PS1= PS2=
    PROMPT_COMMAND=$__labwright_prompt_command
    builtin printf '%s\0' prompt "$__labwright_turn" "$__labwright_status" "$PWD" "$BASH_VERSION" $'\n' \
        >|"$__labwright_dir/report"
    # Traps may run meanwhile, and what they print is to be seen.
    builtin read -r _ <"$__labwright_dir/go" >/dev/tty 2>"$__labwright_stderr"
}
__labwright_prompt_command='{ __labwright_prompt; } >/dev/null 2>&1'

# A cell set PROMPT_COMMAND and was interrupted.
__labwright_recall () {
    local __labwright_status=$?
    PROMPT_COMMAND=$__labwright_prompt_command
    return "$__labwright_status"
}

__labwright_go () {
    local __labwright_status=$? IFS=
    __labwright_turn=$1
    builtin printf '%s\0' started "$1" $'\n' >|"$__labwright_dir/report"
    builtin read -r _ <"$__labwright_dir/go"
    builtin read -r -d '' __labwright_cell <"$__labwright_dir/cell" || :
    [ -z "${2-}" ] || builtin history -s -- "$__labwright_cell"
    [ -z "$__labwright_trace" ] || __labwright_cell="{ set -x; } 2>/dev/null; $__labwright_cell"
    # With `set -e` a status that is not zero would end the shell here.
    case $- in *e*) return 0 ;; esac
    return "$__labwright_status"
}

__labwright_ask () {
    local __labwright_status=$? IFS=
    __labwright_turn=$1
    builtin printf '%s\0' started "$1" $'\n' >|"$__labwright_dir/report"
    builtin read -r _ <"$__labwright_dir/go"
    builtin read -r -d '' __labwright_cell <"$__labwright_dir/cell" || :
    (
        set +euvxfnC
        trap - DEBUG ERR EXIT RETURN
        IFS=$' \t\n'
        eval "$__labwright_cell"
    ) >|"$__labwright_dir/answer" 2>/dev/null </dev/null || :
    case $- in *e*) return 0 ;; esac
    return "$__labwright_status"
}

PROMPT_COMMAND=$__labwright_prompt_command
