/* keep_wire.h - what a server and its keeper say to each other (docs/PROTOCOL.md, "keeper")
 *
 * A unix stream socket, mode 0600 in a 0700 directory, peer uid checked on both sides.
 * Frames:
 *
 *     u32 length of what follows | u8 kind | u8 flags | u16 channel | u32 object | u64
 * number | payload
 *
 * all little-endian; HEADER is 20 bytes with the length.  `number` is a request id in
 * requests and answers, a sequence number in KEEP_DATA, KEEP_ACK and KEEP_GAP.  Payload
 * fields are strings (u32 length + bytes), string vectors (u32 count + strings) and
 * numbers, in the order given below, written and read by keep_put_* and keep_get_*; unknown
 * trailing bytes are ignored, so that fields can be added at the end.  The first frame is
 * KEEP_HELLO with the version; a keeper refuses a version it does not speak, and speaks
 * every version it ever spoke.
 *
 * Objects are kernels, terminals and commands; `object` is a number that is never used
 * again in the life of a keeper.  Each has a journal: everything it says gets a sequence
 * number (kernels: 1, 2, 3 per message; terminals and commands: the byte offset after the
 * piece) and is appended before it is forwarded.
 *
 * A kernel's journal record and a KEEP_SEND to a kernel have the layout of a
 * v1.kernel.websocket frame (contract 6.4), so that the server forwards bytes and
 * re-encodes nothing.  A terminal's are raw bytes.
 *
 * Subscriptions are named by the client session (the session_id of a websocket).  A
 * kernel's replies on shell, control and stdin go only to the subscription whose message
 * they answer; iopub goes to all.  A subscription made with KEEP_SUB_RECORD gets every reply,
 * and the execute_requests that others send. The keeper sends at most the window granted by
 * KEEP_WINDOW ahead of the last KEEP_ACK, and reads on from the journal when acked: a slow
 * viewer costs a cursor.  A subscription whose server went away, or which was ended with
 * KEEP_DETACH, keeps its cursor (the last acked number) and goes on from there when a
 * subscription of the same name is made again.  KEEP_UNSUBSCRIBE forgets it.
 *
 * Pure codec; any process, any thread.
 */
#ifndef KEEPER_KEEP_WIRE_H
#define KEEPER_KEEP_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEEP_VERSION 1
#define KEEP_HEADER 20
#define KEEP_MAX_FRAME (1u << 30)      /* a frame above this is a protocol error */
#define KEEP_WINDOW_DEFAULT (1u << 20) /* bytes */

enum keep_kind {
    /* server -> keeper; each is answered by KEEP_OK or KEEP_ERROR with its number, except
       those marked - */
    KEEP_HELLO = 1,      /* u32 version, str program version, str root dir */
    KEEP_LIST,           /* -> OK: u32 count, then that many: keep_object */
    KEEP_START_KERNEL,   /* str kernel id, str kernelspec name, str display name, strv argv,
                          * strv environ,   str cwd, str connection file, u32 flags
                          * (keep_kernel_flags),   u32 shutdown_wait_ms, str interrupt mode, str
                          * resource dir;   then, or the keeper's defaults: u32 restart limit, u32
                          * longest pause before one in ms, u32 stable after ms, u32 patience
                          * for the first answer in ms, str ip for tcp, strv untracked message
                          * types; argv still holds {connection_file}; -> OK: u32 object, u32
                          * pid */
    KEEP_START_TERMINAL, /* str name, strv argv, strv environ, str cwd, u32 rows, u32 cols
                          * -> OK: u32 object, u32 pid */
    KEEP_START_COMMAND,  /* as START_TERMINAL without rows and cols: no pty, stdout and
                            stderr merged */
    KEEP_INTERRUPT, /* object: kernel by its mode; terminal: SIGINT to the foreground group
                     */
    KEEP_SIGNAL,    /* object; u32 signal number */
    KEEP_RESTART,   /* object: kernel; strv environ changes (KEY=VALUE); OK once spawned */
    KEEP_END, /* object: graceful sequence of contract 7.7 / 7.10; OK when it is really gone
               */
    KEEP_SUBSCRIBE, /* object; str name, u64 from (0: the retained cursor of that name, else
                     * live from now; 1: from the beginning of the journal; otherwise after
                     * that number), u64 window, and from there on optional: u32 flags
                     * (keep_sub_flags); -> OK: u64 next number.  A living one of that name
                     * is replaced. */
    KEEP_UNSUBSCRIBE, /* object; str name - */
    KEEP_DETACH,      /* object; str name: keep the cursor - */
    KEEP_WINDOW,      /* object; str name, u64 window - */
    KEEP_ACK,         /* object, number: everything up to it was delivered; str name - */
    KEEP_SEND,   /* object; kernel: str subscription name, then a v1 frame to the end of the
                  * payload; terminal: raw bytes, the whole payload -   Errors come as
                  * KEEP_ERROR   with number 0. */
    KEEP_RESIZE, /* object: terminal; u32 rows, u32 cols - */
    KEEP_PUT,    /* str key, str value ("" deletes): small records that the server wants to
                  * find    again after its own death (sessions); at most 16 MiB in all */
    KEEP_GET,    /* str key prefix -> OK: u32 count, then that many: str key, str value */
    KEEP_QUIT,   /* ends every object gracefully, answers, then the keeper exits */
    KEEP_PREPARE, /* strv argv, strv environ: a kernel like this may be asked for soon: have a
                   * template ready */

    /* keeper -> server */
    KEEP_OK = 64, /* number: the request's */
    KEEP_ERROR,   /* number; u32 enum problem, str text */
    KEEP_DATA,  /* object, number: sequence; channel: enum keep_channel; str name, then the
                 * bytes  to the end.  One per subscription that gets it.  Frame flags:
                 * keep_data_flags. */
    KEEP_GAP,   /* object, number: first sequence still there; str name: what was before it
                 * and not yet sent was dropped by the journal's budget */
    KEEP_STATE, /* object; keep_object: something in it changed */
    KEEP_GONE,  /* object; keep_object as it was at its end: no frames follow for it */
    KEEP_LOG, /* object (0: the keeper); str line: stderr of a kernel, for the server's log
               */
    KEEP_PRESSURE, /* object; u8 on: stop / go on with KEEP_SEND to it */
};

enum keep_channel {
    KEEP_SHELL,
    KEEP_CONTROL,
    KEEP_STDIN,
    KEEP_IOPUB,
    KEEP_BYTES,
    KEEP_SCREEN, /* a terminal's repaint: forget what came before; it stands for all of it */
};

enum keep_sub_flags {
    KEEP_SUB_RECORD =
        1, /* a kernel's recorder: besides iopub everything that the kernel says to
                          * any name, and each execute_request before the kernel gets it */
    KEEP_SUB_SCREEN = 2, /* a terminal's viewer: begins with a repaint, whatever `from` says,
                          * and gets another one instead of what it is too far behind for */
};

enum keep_data_flags {
    KEEP_F_REQUEST = 1, /* what a client sent, on KEEP_SHELL; recorders only */
};

enum keep_type { KEEP_KERNEL = 1, KEEP_TERMINAL, KEEP_COMMAND };

enum keep_kernel_flags {
    KEEP_AUTORESTART = 1, /* contract 7.8 */
    KEEP_TCP = 2,         /* the kernelspec asks for tcp; otherwise ipc */
    KEEP_SAME_PORTS = 4,  /* no other tcp ports after an early death */
    KEEP_WARM = 8,        /* may be started from a template (template.h) */
};

enum keep_kernel_state {
    KEEP_STARTING,
    KEEP_IDLE,
    KEEP_BUSY,
    KEEP_RESTARTING,
    KEEP_DEAD,
    KEEP_TERMINATING,
    KEEP_UNKNOWN,
    KEEP_STATE_COUNT
};
extern const char
    *const keep_state_names[KEEP_STATE_COUNT]; /* "starting", ... as /api says */

/* An object as LIST, STATE and GONE describe it. */
struct keep_object {
    uint32_t object;
    uint32_t type;            /* enum keep_type */
    char *name;               /* kernel id or terminal name */
    char *spec;               /* kernelspec name; "" for others */
    uint32_t pid;             /* 0: not running */
    uint32_t state;           /* enum keep_kernel_state; others: KEEP_IDLE or KEEP_DEAD */
    int64_t started_us;       /* wall clock */
    int64_t last_activity_us; /* wall clock */
    uint64_t first, last;     /* sequence numbers in the journal; 0: empty */
    uint32_t restarts;        /* automatic ones in this streak */
    int32_t wait_status;      /* of the last end of the process, as waitpid; -1: none yet */
    uint32_t oom;             /* 1: the out-of-memory killer did it */
    char *reason;             /* "" or why the last start or life failed, for a person */
    char *cwd;
    char *connection_file;   /* kernels */
    uint32_t protocol_major; /* from kernel_info_reply; 0 unknown */
    uint32_t rows, cols;     /* terminals */
    /* Kernels: header.session of the latest message, as it stands in the JSON; "": none yet. */
    char *session;
};
void keep_object_done (struct keep_object *o);

struct keep_frame {
    enum keep_kind kind;
    unsigned flags, channel;
    uint32_t object;
    uint64_t number;
    const uint8_t *payload; /* borrowed */
    size_t len;
};

/* ---- writing ---- */
/* Begin a frame in B and return its offset; keep_end patches the length.  B's ceiling
 * rules. */
size_t keep_begin (struct buf *b, enum keep_kind kind, unsigned channel, uint32_t object,
                   uint64_t number);
void keep_end (struct buf *b, size_t begin);
void keep_put_u8 (struct buf *b, uint8_t v);
void keep_put_u32 (struct buf *b, uint32_t v);
void keep_put_u64 (struct buf *b, uint64_t v);
void keep_put_str (struct buf *b, const char *s);
void keep_put_bytes (struct buf *b, const void *p, size_t n); /* u32 length + bytes */
void keep_put_strv (struct buf *b, const struct strv *s);
void keep_put_object (struct buf *b, const struct keep_object *o);
/* Header of a frame whose payload of LEN bytes is written separately (slices). */
void keep_header (uint8_t out[KEEP_HEADER], enum keep_kind kind, unsigned flags,
                  unsigned channel, uint32_t object, uint64_t number, size_t len);

/* ---- reading ---- */
/* A frame at the start of DATA: 1 and *ret, *ret_used; 0: not whole yet (*ret_used: bytes
 * wanted in all, or 0 if unknown); -1: PROBLEM_INVALID. */
int keep_parse (const void *data, size_t n, struct keep_frame *ret, size_t *ret_used,
                struct err *err);

struct keep_reader {
    const uint8_t *p;
    size_t left;
    bool bad; /* sticky: something was short or malformed */
};
void keep_reader_init (struct keep_reader *r, const struct keep_frame *f);
uint8_t keep_get_u8 (struct keep_reader *r);
uint32_t keep_get_u32 (struct keep_reader *r);
uint64_t keep_get_u64 (struct keep_reader *r);
/* malloc'ed and NUL-terminated; "" on error; strings with NUL inside are bad. */
char *keep_get_str (struct keep_reader *r);
const void *keep_get_bytes (struct keep_reader *r, size_t *n); /* borrowed */
int keep_get_strv (struct keep_reader *r,
                   struct strv *out); /* OUT initialised; at most 65536 */
int keep_get_object (struct keep_reader *r, struct keep_object *out);

#endif
