/* contents_stream.h - a listing that is too long for one piece, on its way to a client
 *
 * The pool makes a piece while the one before is sent; a client that reads slowly gets the next one when it has
 * taken what waits, and holds no thread meanwhile.  Loop thread.
 */
#ifndef SERVER_CONTENTS_STREAM_H
#define SERVER_CONTENTS_STREAM_H

#include "http/http.h"
#include "server/contents.h"

/* Answers REQ with A, whose `rest` is there; headers are set.  Takes what it needs out of A. */
void contents_stream (struct http_req *req, struct contents *c, struct contents_answer *a);

#endif
