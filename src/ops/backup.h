/* backup.h - verbs `labwright backup` and `labwright restore`: a hub as one file, and back
 *
 *     labwright backup FILE --state DIR [--no-files]       beside a hub that runs, or without one
 *     labwright restore FILE --state DIR                   DIR must not be there, or be empty
 *
 * FILE is a pax archive, gzipped, 0600: it holds passwords' hashes and people's files.  First in it is
 * `labwright-backup.json`, last `labwright-backup.end`, which has the number of entries and the SHA-256 over
 * names and contents; what has no such end, or another sum, is refused before anything is written.  The database
 * in it is a copy of one moment (VACUUM INTO); files that are written meanwhile are as they were read.
 * Not in it: run/, backup/, overlays' work directories, sockets and FIFOs.
 */
#ifndef OPS_BACKUP_H
#define OPS_BACKUP_H

int backup_main (int argc, char **argv);
int restore_main (int argc, char **argv);

#endif
