/*
 * enrol.h -- the commands of haild-enrol.
 *
 * Each reads its own options from ARGV, whose first word is the command, and
 * returns an exit status of sysexits(3).
 */

#ifndef ENROL_ENROL_H
#define ENROL_ENROL_H

#include <stdint.h>

/* "2027-01-31T12:00Z", the minute in which SECONDS lies. */
#define ENROL_TIME_MAX 32
const char *enrol_print_time(int64_t seconds, char text[ENROL_TIME_MAX]);

/* Make a token and print it. */
int enrol_token(int argc, char **argv);

/* Enrol the client that sends a token; its key is in the environment. */
int enrol_accept(int argc, char **argv);

/* List identities and open tokens. */
int enrol_list(int argc, char **argv);

/* Remove an identity, and the tokens of that name. */
int enrol_revoke(int argc, char **argv);

#endif
