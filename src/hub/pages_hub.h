/* pages_hub.h - the hub's own pages: the start page, the login, the set-up */
#ifndef HUB_PAGES_HUB_H
#define HUB_PAGES_HUB_H

/* Where our read-only files are; malloc'ed. */
char *pages_hub_find_data (void);

#endif
