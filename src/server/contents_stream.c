/* contents_stream.c - one piece in the pool at a time, and one on its way */
#include "server/contents_stream.h"
#include "base/pool.h"

#define PIECE_MARGIN ((size_t)16 << 10) /* one entry more than it should be, and */
#define PIECE_MAX (2 * CONTENTS_PIECE)  /* one with a path as long as it can be */

struct stream {
    struct http_req *req;
    struct contents *c;
    struct contents_listing *listing;
    struct buf piece;
    bool working; /* the pool makes the piece */
    bool ready;   /* the piece is made */
    bool last;    /* it is the last one */
    bool full;    /* the client has to read first */
    bool gone;    /* the client */
};

static void end (struct stream *s, bool complete)
{
    http_stream_end (s->req, complete);
    contents_listing_free (s->listing);
    contents_unref (s->c);
    buf_done (&s->piece);
    free (s);
}

static void work (void *arg)
{
    struct stream *s = arg;
    (void)buf_reserve (&s->piece, CONTENTS_PIECE + PIECE_MARGIN);
    s->last = !contents_listing_more (s->listing, &s->piece);
}

static void send_piece (struct stream *s)
{
    size_t n;
    char *data = buf_take (&s->piece, &n);
    struct blk *b = blk_wrap (data, n, free, data);
    s->ready = false;
    s->full = !http_stream_write (s->req, b);
    blk_unref (b);
}

static void done (void *arg);

/* Whatever can be done now: send what is made, make the next, or end. */
static void proceed (struct stream *s)
{
    if (s->working)
        return;
    if (s->gone || s->piece.overflow) {
        end (s, false);
        return;
    }
    if (s->ready && !s->full) {
        send_piece (s);
        if (s->last) {
            end (s, true);
            return;
        }
    }
    s->working = !s->ready;
    if (s->working &&
        pool_submit (loop_pool (http_req_loop (s->req)), work, done, s, NULL) < 0)
        end (s, false);
}

static void done (void *arg)
{
    struct stream *s = arg;
    s->working = false;
    s->ready = true;
    proceed (s);
}

static void drained (void *arg)
{
    struct stream *s = arg;
    s->full = false;
    proceed (s);
}

static void aborted (void *arg)
{
    struct stream *s = arg;
    s->gone = true;
    proceed (s);
}

void contents_stream (struct http_req *req, struct contents *c, struct contents_answer *a)
{
    struct stream *s = xnew (struct stream);
    s->req = req;
    s->c = contents_ref (c);
    s->listing = take_ptr (a->rest);
    s->ready = true;
    buf_init (&s->piece, PIECE_MAX);
    (void)buf_add (&s->piece, a->body.data, a->body.len);
    http_stream_begin (req, 200, "application/json", -1, drained, aborted, s);
    proceed (s);
}
