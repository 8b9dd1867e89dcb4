/*
 * request.h -- what a client of a commands service asks for, held against the
 * configuration.
 *
 * Pure: nothing here reads, runs or logs.  The request comes from the process
 * that reads what the client sent (speaker.h), which is not believed: the
 * monitor decides by what stands here.
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"

#define REQUEST_ARGS_MAX 4096 /* arguments, and variables */
#define REQUEST_BYTES_MAX \
	((size_t)1024 * 1024)  /* of all strings, with their NULs */
#define REQUEST_MATCH_MAX 4096 /* bytes of an argument with a pattern */
#define REQUEST_WHY_MAX 512

/* What the name of a variable is made of. */
#define REQUEST_VARIABLE                                       \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789_"

/* Statuses that are not the program's, as env(1) and timeout(1) have them. */
enum {
	STATUS_TIMEOUT = 124,
	STATUS_FAILED = 125,  /* haild itself */
	STATUS_REFUSED = 126, /* the arguments, or it could not be executed */
	STATUS_UNKNOWN = 127,
	STATUS_SIGNAL = 128, /* and its number */
};

/* How many strings of which kind follow, each with its NUL. */
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
 * Take a record of LEN bytes apart: the header, the arguments, the variables,
 * the name.  Returns 0, or -1 if it is no record.  The caller frees args, of
 * which env is a part.
 */
int request_parse(struct request *r, char *record, size_t len);

/*
 * Whether CLIENT may run that, with these arguments.  Returns 0 and the
 * command, NULL for "help"; or the status, with the reason in WHY, which has
 * REQUEST_WHY_MAX bytes.  Somebody who may not run a command hears the same as
 * if there were none of that name.
 */
int request_check(const struct service *service, const struct client *client,
    const struct request *r, const struct service **command, char *why);

/* What to execute: ends with NULL, on the heap; NULL without memory. */
char **request_argv(const struct service *command, const struct request *r);

/*
 * Keep of the variables those that the command accepts, and end them with
 * NULL.
 */
void request_accept(const struct service *command, struct request *r);

/*
 * "disk 80% 90%", for the log: what is masked is ***, what is empty or has
 * blanks or quotes is in quotes, and those in it are doubled.  Returns BUF.
 */
const char *request_print(const struct service *command,
    const struct request *r, char *buf, size_t size);

/* Answer "help", or "help NAME": what CLIENT may run. */
void request_help(const struct service *service, const struct client *client,
    const struct request *r, FILE *out);

/* regcomp(3) of ^(PATTERN)$; returns what that returns. */
int request_compile(regex_t *re, const char *pattern);

/* N of an element of exec that is "%N", 1 to 9; or 0. */
int request_placeholder(const char *element);

/*
 * A variable that no client sets, whatever the configuration says: what shells,
 * the loader and interpreters take commands from, and what haild sets itself.
 */
bool request_is_reserved(const char *name, size_t len);

#endif
