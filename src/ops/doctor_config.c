/* doctor_config.c - doctor: machines and environments */

#include "ops/doctor.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "model/environments.h"
#include "model/machines.h"
#include "ops/child.h"

#include <string.h>

static enum doctor_verdict look_machines (struct doctor *d)
{
    autofree char *path = machines_path (d->state);
    struct machines ms;
    struct err err;

    if (machines_open (d->state, &d->host, &ms, &err) < 0)
        return doctor_say (d, DOCTOR_BAD,
                           err.problem == PROBLEM_FORBIDDEN ? "chown root and chmod go-w it"
                                                            : "mend that line: the hub "
                                                              "reads it again by itself",
                           "%s", err.text);
    size_t n = ms.n;
    machines_done (&ms);
    return doctor_say (d, DOCTOR_FINE, NULL, "%zu in %s", n, path);
}

static enum doctor_verdict look_devices (struct doctor *d)
{
    struct machines ms;

    if (machines_open (d->state, &d->host, &ms, NULL) < 0)
        return doctor_say (d, DOCTOR_WEAK, NULL, "machines.yml cannot be read");
    const struct machine *dflt = machines_find (&ms, ""), *lacks = NULL;
    for (size_t i = 0; i < ms.n && !lacks; i++)
        if (*ms.v[i].missing)
            lacks = &ms.v[i];
    enum doctor_verdict v =
        *dflt->missing
            ? doctor_say (d, DOCTOR_BAD, "give machines.yml another default",
                          "the default machine %s: %s", dflt->name, dflt->missing)
        : lacks ? doctor_say (d, DOCTOR_WEAK,
                              "take it out of machines.yml, or add what it needs",
                              "machine %s cannot be had: %s", lacks->name, lacks->missing)
                : doctor_say (d, DOCTOR_FINE, NULL, "every machine can be had");
    machines_done (&ms);
    return v;
}

static enum doctor_verdict look_driver (struct doctor *d)
{
    if (d->host.gpus.n == 0)
        return doctor_say (d, DOCTOR_FINE, NULL, "no NVIDIA GPU here");
    if (!*d->host.driver)
        return doctor_say (d, DOCTOR_BAD, "modprobe nvidia, or install the driver",
                           "there are GPU nodes, but the driver is not loaded");
    if (d->host.libraries.n == 0)
        return doctor_say (d, DOCTOR_BAD, "install libcuda1 (the driver's libraries)",
                           "driver %s is loaded, its libraries are not found",
                           d->host.driver);
    return doctor_say (d, DOCTOR_FINE, NULL, "%zu GPUs, driver %s", d->host.gpus.n,
                       d->host.driver);
}

static enum doctor_verdict look_environments (struct doctor *d)
{
    struct environments es;
    struct err err;
    enum doctor_verdict v;

    if (environments_open (d->state, &es, &err) < 0)
        return doctor_say (d, DOCTOR_BAD, NULL, "%s", err.text);
    if (es.problems.n)
        v = doctor_say (d, DOCTOR_BAD, "mend that file below STATE/environments", "%s",
                        es.problems.v[0]);
    else if (es.n == 0)
        v = doctor_say (d, DOCTOR_BAD, "labwright env create python3 -r requirements.txt",
                        "there is no environment");
    else
        v = doctor_say (d, DOCTOR_FINE, NULL, "%zu, %s is the default", es.n,
                        environments_find (&es, "")->name);
    environments_done (&es);
    return v;
}

static bool python_runs (const char *prefix)
{
    autofree char *python = path_join (prefix, "bin/python"), *out = NULL;
    struct strv argv = { 0 };

    strv_add (&argv, python);
    strv_add (&argv, "--version");
    int status = child_run (&argv, NULL, 20 * CLOCK_S, &out, NULL, NULL);
    strv_done (&argv);
    return status == 0;
}

static enum doctor_verdict look_prefixes (struct doctor *d)
{
    struct environments es;
    enum doctor_verdict v = DOCTOR_FINE;

    if (environments_open (d->state, &es, NULL) < 0)
        return doctor_say (d, DOCTOR_WEAK, NULL, "environments cannot be read");
    (void)doctor_say (d, DOCTOR_FINE, NULL, "all are there");
    for (size_t i = 0; i < 2 * es.n && v == DOCTOR_FINE; i++) {
        const struct environment *e = &es.v[i / 2];
        const struct env_variant *ev = &e->variants[i % 2];
        if (ev->kind == ENV_HOST)
            continue;
        if (access (ev->path, F_OK) < 0)
            v = doctor_say (d, DOCTOR_BAD,
                            "labwright env create NAME --replace, or remove it",
                            "environment %s: %s is not there", e->name, ev->path);
        else if (ev->kind == ENV_PREFIX && !python_runs (ev->path))
            v = doctor_say (d, DOCTOR_BAD, "labwright env create NAME --replace",
                            "environment %s: its Python does not run (%s)", e->name,
                            ev->path);
    }
    environments_done (&es);
    return v;
}

static const struct doctor_check checks[] = {
    { "machines", look_machines },
    { "what machines need", look_devices },
    { "NVIDIA", look_driver },
    { "environments", look_environments },
    { "what is installed", look_prefixes },
};
const struct doctor_table doctor_config = { checks, ARRAY_SIZE (checks) };
