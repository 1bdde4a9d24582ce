/* msgtypes.c - types of kernel messages that the server and its keeper both know */

#include "jupyter/msgtypes.h"

#include <stddef.h>

const char *const msgtypes_untracked[] = {
    "comm_info_request",
    "comm_info_reply",
    "kernel_info_request",
    "kernel_info_reply",
    "shutdown_request",
    "shutdown_reply",
    "interrupt_request",
    "interrupt_reply",
    "debug_request",
    "debug_reply",
    "stream",
    "display_data",
    "update_display_data",
    "execute_input",
    "execute_result",
    "error",
    "status",
    "clear_output",
    "debug_event",
    "input_request",
    "input_reply",
    NULL,
};
