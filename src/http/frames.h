/* frames.h - where the frames of a relayed websocket end
 *
 * Whoever wants to say something of its own between the frames of somebody else (1012: the service
 * restarts) must know that none is half said.  Pure; any thread.
 */
#ifndef HTTP_FRAMES_H
#define HTTP_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frames {
    uint8_t head[14];
    size_t have;   /* bytes of a head that is not whole */
    uint64_t left; /* payload of the frame that is being said */
    bool closed;   /* a close frame was begun */
};

/* A zeroed struct is at the beginning. */
void frames_feed (struct frames *f, const uint8_t *data, size_t n);
bool frames_between (const struct frames *f);

#endif
