/* env_verb.h - verb `labwright env`: the environments of a hub, on its machine (labwright-env(8)) */
#ifndef OPS_ENV_VERB_H
#define OPS_ENV_VERB_H

int env_verb_main (int argc, char **argv);

#endif
