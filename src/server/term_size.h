/* term_size.h - the size of a terminal that several people look at (contract 6.10)
 *
 * The smallest rows and the smallest columns of those who said theirs.  Plain values.
 */
#ifndef SERVER_TERM_SIZE_H
#define SERVER_TERM_SIZE_H

#include <jansson.h>
#include <stdbool.h>

#define TERM_SIZE_MAX 10000

struct term_size {
    unsigned rows, cols; /* 0: not said */
};

/* ["set_size", rows, cols, ...]; numbers are brought into 1 to TERM_SIZE_MAX, null leaves a value as it is.
 * False: something else stands there, RET is unchanged. */
bool term_size_read (const json_t *message, struct term_size *ret);
/* Make ALL small enough for ONE. */
void term_size_fit (struct term_size *all, const struct term_size *one);

#endif
