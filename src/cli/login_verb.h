/* login_verb.h - verbs `labwright login` and `labwright logout` (labwright-login(1)) */
#ifndef CLI_LOGIN_VERB_H
#define CLI_LOGIN_VERB_H

int login_verb_main (int argc, char **argv);
int logout_verb_main (int argc, char **argv);

#endif
