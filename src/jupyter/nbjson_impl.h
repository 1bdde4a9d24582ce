/* nbjson_impl.h - what the files of nbjson share with each other and with nbformat.c */
#ifndef JUPYTER_NBJSON_IMPL_H
#define JUPYTER_NBJSON_IMPL_H

#include "base/scan.h"
#include "jupyter/nbjson.h"

int nbjson_key_compare (const char *a, size_t an, const char *b, size_t bn);
void nbjson_note_nan (struct nbjson_doc *doc);

/* How many of the N bytes at S a JSON string may hold as they are. */
static inline size_t nbjson_plain_run (const char *s, size_t n)
{
    return scan_until (s, n, SCAN_CONTROL | SCAN_QUOTED);
}

#endif
