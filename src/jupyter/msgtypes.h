/* msgtypes.h - types of kernel messages that the server and its keeper both know
 *
 * Constant; any process, any thread.
 */
#ifndef JUPYTER_MSGTYPES_H
#define JUPYTER_MSGTYPES_H

/* The default of MappingKernelManager.untracked_message_types: what is no activity of a
 * person and moves no kernel between busy and idle (contract 7.9).  NULL-terminated. */
extern const char *const msgtypes_untracked[];

#endif
