/* info.c - requests that need no shell */

#include "bash/kernel_private.h"

#include <string.h>

bool kernel_info_request (struct kernel *k, struct request *req)
{
    autofree char *banner = xasprintf ("GNU bash %s (Labwright " LABWRIGHT_VERSION ")",
                                       shell_version (k->shell));
    json_t *language =
        json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", "bash", "version",
                   shell_version (k->shell), "mimetype", "text/x-sh", "file_extension",
                   ".sh", "codemirror_mode", "shell", "pygments_lexer", "bash");
    json_t *link = json_pack ("{s:s, s:s}", "text", "Bash manual", "url",
                              "https://www.gnu.org/software/bash/manual/bash.html");
    json_t *content = json_pack (
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:[o], s:b, s:[]}", "status", "ok",
        "protocol_version", "5.4", "implementation", "labwright-bash-kernel",
        "implementation_version", LABWRIGHT_VERSION, "language_info", language, "banner",
        banner, "help_links", link, "debugger", 0, "supported_features");

    channels_reply_json (k->channels, req, "kernel_info_reply", content);
    return true;
}

bool connect_request (struct kernel *k, struct request *req)
{
    const unsigned *p = k->conn->port;
    json_t *content =
        json_pack ("{s:s, s:i, s:i, s:i, s:i, s:i}", "status", "ok", "shell_port",
                   p[CONN_SHELL], "iopub_port", p[CONN_IOPUB], "stdin_port", p[CONN_STDIN],
                   "hb_port", p[CONN_HB], "control_port", p[CONN_CONTROL]);

    channels_reply_json (k->channels, req, "connect_reply", content);
    return true;
}

bool comm_info_request (struct kernel *k, struct request *req)
{
    channels_reply_json (k->channels, req, "comm_info_reply",
                         json_pack ("{s:s, s:{}}", "status", "ok", "comms"));
    return true;
}

/* There are no comm targets here: the other side is told at once. */
bool comm_open (struct kernel *k, struct request *req)
{
    channels_publish_json (k->channels, req, "comm_close",
                           json_pack ("{s:s, s:{}}", "comm_id",
                                      jsonx_str (req->content, "comm_id", ""), "data"));
    return true;
}

bool comm_other (struct kernel *k, struct request *req)
{
    return true;
}

bool history_request (struct kernel *k, struct request *req)
{
    channels_reply_json (k->channels, req, "history_reply",
                         json_pack ("{s:s, s:o}", "status", "ok", "history",
                                    history_get (k->history, req->content)));
    return true;
}

bool debug_request (struct kernel *k, struct request *req)
{
    json_t *seq = json_object_get (req->content, "seq");
    json_t *content =
        json_pack ("{s:s, s:O?, s:b, s:s, s:s}", "type", "response", "request_seq", seq,
                   "success", 0, "command", jsonx_str (req->content, "command", ""),
                   "message", "the Bash kernel has no debugger");

    channels_reply_json (k->channels, req, "debug_reply", content);
    return true;
}
