/*
 * request.h -- a client's request to run a command, checked against the
 * configuration.
 *
 * Pure: nothing here reads, runs or logs.  The request comes from the speaker,
 * which is not trusted: the monitor decides by this module.
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"
#include "lib/outcome.h"

#define REQUEST_BYTES_MAX \
	((size_t)1024 * 1024)  /* of all strings, with their NULs */
#define REQUEST_MATCH_MAX 4096 /* bytes of an argument with a pattern */
#define REQUEST_WHY_MAX 512

/* How many strings of each kind follow, each with its NUL. */
struct request_header {
	uint32_t nargs, nenv; /* then the name */
};

struct request {
	char **args; /* on the heap; what they point to is the record's */
	char **env;  /* NAME=value */
	size_t nargs, nenv;
	const char *name;
};

struct client;

/*
 * Parse a record of LEN bytes: the header, the arguments, the variables, the
 * name.  Returns 0, or -1 if it is not a record.  The caller frees args, of
 * which env is a part.
 */
int request_parse(struct request *r, char *record, size_t len);

/*
 * Check request R of CLIENT, except the patterns (match.h).  Returns true and
 * the command, NULL for "help"; or false, with OUTCOME, and the reason for the
 * client in WHY, which has REQUEST_WHY_MAX bytes.  A command that CLIENT may
 * not run has the same reason as one that does not exist.
 */
bool request_check(const struct service *service, const struct client *client,
    const struct request *r, const struct service **command,
    struct outcome *outcome, char *why);

/*
 * Answer "help", which each service with commands has, or "help NAME": what
 * CLIENT may run.
 */
void request_help(const struct service *service, const struct client *client,
    const struct request *r, FILE *out);

/*
 * The argument vector: the elements of exec with placeholders replaced
 * (command_placeholder), then the remaining arguments.  Returns one block on
 * the heap that ends with NULL; or NULL if memory is short.
 */
char **request_argv(const struct service *command, const struct request *r);

/*
 * "disk 80% 90%", for the log: what is masked is ***, what is empty or has
 * blanks or quotes is in quotes, and those in it are doubled.  Returns BUF.
 */
const char *request_print(const struct service *command,
    const struct request *r, char *buf, size_t size);

#endif
