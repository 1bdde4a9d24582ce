/* room_run.c - a sandbox without a spawner, for tests: launches ARGV and waits for it
 *
 *     room_run --state DIR --id NAME [--uid N] [--net none|nat|host] [--env PREFIX] [--program DIR]...
 *              [--device /dev/X]... [--cwd DIR] [--set KEY=VALUE]... [--listen-fd N]
 *              [--time] -- ARGV...
 *
 * Output is ours; the exit status is the program's, 125 and a line on stderr if it was not executed.  --time: says
 * on stderr how many microseconds launch took.  PATH is /usr/local/bin:/usr/bin:/bin with PREFIX/bin in front.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "sandbox/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    struct launch what;
    struct strv argv, environ, programs;
    struct device_node nodes[DEVICES_MAX];
    struct device_set devices;
    bool time;
};

static const char *const networks[] = { "none", "nat", "host" };

static int set (struct options *o, const char *name, const char *value)
{
    struct err err;
    if (!strcmp (name, "--state"))
        o->what.state = value;
    else if (!strcmp (name, "--id"))
        o->what.id = value;
    else if (!strcmp (name, "--uid"))
        o->what.uid_base = (uint32_t)strtoul (value, NULL, 10);
    else if (!strcmp (name, "--env"))
        o->what.env_prefix = value;
    else if (!strcmp (name, "--person"))
        o->what.person = value;
    else if (!strcmp (name, "--cwd"))
        o->what.cwd = value;
    else if (!strcmp (name, "--program"))
        strv_add (&o->programs, value);
    else if (!strcmp (name, "--listen-fd"))
        o->what.listen_fd = (int)strtol (value, NULL, 10);
    else if (!strcmp (name, "--set"))
        strv_add (&o->environ, value);
    else if (!strcmp (name, "--net"))
        for (int i = 0; i < LAUNCH_NET_COUNT; i++)
            o->what.network =
                strcmp (value, networks[i]) ? o->what.network : (enum launch_network)i;
    else if (!strcmp (name, "--device") && o->devices.n_nodes < DEVICES_MAX &&
             device_node_read (value, &o->nodes[o->devices.n_nodes], &err) == 0)
        o->devices.n_nodes++;
    else
        return -1;
    return 0;
}

static int parse (struct options *o, int argc, char **argv)
{
    int i = 1;
    for (; i < argc && strcmp (argv[i], "--") != 0; i++) {
        if (!strcmp (argv[i], "--time"))
            o->time = true;
        else if (i + 1 >= argc || set (o, argv[i], argv[i + 1]) < 0)
            return -1;
        else
            i++;
    }
    for (i++; i < argc; i++)
        strv_add (&o->argv, argv[i]);
    return o->argv.n && o->what.state && o->what.id ? 0 : -1;
}

static void finish_options (struct options *o, char dir[256])
{
    (void)snprintf (dir, 256, "%s/ws/%s", o->what.state, o->what.id);
    o->what.dir = dir;
    strv_env_set (&o->environ, "HOME", "/floyd/home");
    autofree char *path = xasprintf ("%s%s/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                                     o->what.env_prefix ? o->what.env_prefix : "",
                                     o->what.env_prefix ? "/bin:" : "");
    strv_env_set (&o->environ, "PATH", path);
    o->devices.nodes = o->nodes;
    o->what.argv = &o->argv;
    o->what.environ = &o->environ;
    o->what.programs = &o->programs;
    o->what.devices = o->devices.n_nodes ? &o->devices : NULL;
}

int main (int argc, char **argv)
{
    static struct options o = { .what = { .uid_base = 600000000,
                                          .listen_fd = -1,
                                          .log_fd = 2,
                                          .network = LAUNCH_NET_NONE } };
    struct launched l;
    struct err err;
    char dir[256];
    int status;
    if (parse (&o, argc, argv) < 0) {
        (void)fprintf (stderr, "room_run: usage: see its source\n");
        return 125;
    }
    finish_options (&o, dir);
    o.what.log_fd = 1;
    if (launch_prepare (o.what.state, true, &err) < 0) {
        (void)fprintf (stderr, "room_run: %s\n", err.text);
        return 125;
    }
    int64_t began = clock_mono_us ();
    if (launch (&o.what, &l, &err) < 0) {
        (void)fprintf (stderr, "room_run: %s\n", err.text);
        return 125;
    }
    if (o.time)
        (void)fprintf (stderr, "%lld us\n", (long long)(clock_mono_us () - began));
    (void)TEMP_FAILURE_RETRY (waitpid (l.pid, &status, 0));
    launched_done (&l);
    return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}
