/* vt_token.h - what a program writes to its terminal, cut into tokens (ECMA-48, as xterm.js
 * reads it)
 *
 *     struct vt_token t;
 *     while (vt_next (p, n, &t)) { ... t ...; p += t.len; n -= t.len; }
 *     the N bytes that are left are the beginning of a token, or nothing
 *
 * Pure functions on untrusted bytes; no state between calls.  A string (OSC, DCS, ...) is a
 * token only when its end is there: whoever cannot wait for that uses vt_string_end.
 */
#ifndef KEEPER_VT_TOKEN_H
#define KEEPER_VT_TOKEN_H

#include "base/blk.h"
#include <stdbool.h>
#include <stdint.h>

#define VT_PARAMS 32
#define VT_MISSING UINT32_MAX
#define VT_MAX_SEQUENCE 1024 /* bytes of a CSI or ESC sequence; longer is no sequence */

enum vt_kind {
    VT_TEXT,    /* printable bytes, whole UTF-8 characters if they are valid */
    VT_CONTROL, /* `final` is a C0 control */
    VT_ESC,     /* `final`, and `inter` before it */
    VT_CSI,     /* `final`, `leader`, `inter`, parameters */
    VT_STRING,  /* `final` is P ] X ^ or _, `body` its content */
    VT_NOTHING, /* broken off, or without meaning */
};

struct vt_param {
    uint32_t value; /* VT_MISSING: none was written */
    bool sub;       /* it came after a colon */
};

struct vt_token {
    enum vt_kind kind;
    const uint8_t *data;
    size_t len;
    uint8_t final, leader, inter;
    unsigned nparams;
    struct vt_param param[VT_PARAMS];
    struct slice body;
    uint8_t inner[8]; /* C0 controls inside a sequence, to be done before it */
    unsigned ninner;
};

/* The token at the start of P; false: it is not whole yet (or N is 0). */
bool vt_next (const uint8_t *p, size_t n, struct vt_token *t);
/* Parameter I, or OTHERWISE if it is missing. */
uint32_t vt_param (const struct vt_token *t, unsigned i, uint32_t otherwise);
/* Bytes of P up to and with the end of a string of type FINAL that began before; 0: it does
 * not end here. */
size_t vt_string_end (uint8_t final, const uint8_t *p, size_t n);
/* If P begins a string whose end is not there: its type, else 0. */
uint8_t vt_open_string (const uint8_t *p, size_t n);

#endif
