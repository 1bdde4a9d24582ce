/* pages_hub.h - the hub's own pages: the dashboard, or a plain page where it was not built */
#ifndef HUB_PAGES_HUB_H
#define HUB_PAGES_HUB_H

/* Where our read-only files are; malloc'ed. */
char *pages_hub_find_data (void);
/* The dashboard's document below DATA; malloc'ed, NULL if it was not built. */
char *pages_hub_find_dashboard (const char *data);

#endif
