/* workspace_verb.h - verb `labwright workspace` (labwright-workspace(1)) */
#ifndef CLI_WORKSPACE_VERB_H
#define CLI_WORKSPACE_VERB_H

int workspace_verb_main (int argc, char **argv);

#endif
