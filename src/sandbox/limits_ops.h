/* limits_ops.h - what a kind of control groups is made of; for limits*.c alone */
#ifndef SANDBOX_LIMITS_OPS_H
#define SANDBOX_LIMITS_OPS_H

#include "sandbox/limits.h"

#define LIMITS_PERIOD_US 100000 /* of the cpu quota */
#define LIMITS_ANY ((unsigned)-1)

/* A device that may be opened: character, MAJOR and MINOR (or LIMITS_ANY). */
struct limits_rule {
    unsigned major, minor;
};

struct limits_ops {
    enum limits_kind kind;
    int (*create) (struct limits *l, const char *id, const struct limits_set *set,
                   struct err *err);
    int (*join) (struct limits *l, const char *id, struct err *err);
    int (*apply) (struct limits *l, const char *id, enum limits_part part,
                  const struct limits_set *set, struct err *err);
    int (*rules) (struct limits *l, const char *id, const struct limits_rule *rules,
                  size_t n, struct err *err);
    int (*freeze) (struct limits *l, const char *id, bool freeze, struct err *err);
    bool (*frozen) (struct limits *l, const char *id);
    void (*kill) (struct limits *l, const char *id);
    pid_t *(*pids) (struct limits *l, const char *id, pid_t first, size_t *ret_n);
    void (*usage) (struct limits *l, const char *id, pid_t first, struct limits_usage *ret);
    int (*oom_fd) (struct limits *l, const char *id);
    void (*dirs) (struct limits *l, const char *id, struct strv *names, struct strv *paths);
    int (*remove) (struct limits *l, const char *id);
    void (*list) (struct limits *l, struct strv *ids);
    bool (*enforces) (struct limits *l, enum limits_part part);
    bool (*closes_devices) (struct limits *l);
    void (*free) (struct limits *l);
};

/* Each kind embeds it first. */
struct limits {
    const struct limits_ops *ops;
};

/* NULL: this kind is not there; ERR says why. */
struct limits *limits_v1_new (struct err *err);
struct limits *limits_v2_new (const char *root, struct err *err);
struct limits *limits_none_new (void);

/* ---- helpers for files of the kernel ---- */

/* One write of TEXT to DIR/FILE, which must be there. */
int limits_write (const char *dir, const char *file, const char *text, struct err *err);
/* malloc'ed content of DIR/FILE up to 1 MiB, or NULL. */
char *limits_read (const char *dir, const char *file);
/* The number at the start of DIR/FILE; 0 if there is none ("max"). */
uint64_t limits_number (const char *dir, const char *file);
/* The number behind "KEY " at the start of a line. */
uint64_t limits_field (const char *text, const char *key);
/* The numbers of a text, one a line. */
pid_t *limits_parse_pids (const char *text, size_t *ret_n);
void limits_list_dir (const char *dir, struct strv *ids);

/* ---- limits_bpf.c: devices in version 2 ---- */

struct bpf_insn;
#define LIMITS_BPF_MAX 512 /* instructions */
/* A program that allows RULES and nothing else; returns its length, 0: more rules than fit. */
size_t limits_bpf_program (const struct limits_rule *rules, size_t n, struct bpf_insn *ret);
/* Loads it and attaches it to the directory, instead of the one before. */
int limits_bpf_attach (const char *dir, const struct limits_rule *rules, size_t n,
                       struct err *err);

#endif
