/* project_verb.h - verb `labwright project` (labwright-project(1)) */
#ifndef CLI_PROJECT_VERB_H
#define CLI_PROJECT_VERB_H

int project_verb_main (int argc, char **argv);

#endif
