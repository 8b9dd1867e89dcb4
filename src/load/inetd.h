/*
 * inetd.h -- inetd.conf: a line of it, and its translation to haild.conf.
 *
 * Each line of inetd.conf becomes the same line of a haild.conf, so that an
 * error is reported for the line that has it.
 */

#ifndef INETD_H
#define INETD_H

#include "load/loader.h"

#define INETD_ARGS_MAX 64 /* of a program, its name among them */
#define INETD_BLANKS " \t\r\f\v"

/* What a line is. */
enum inetd_kind {
	INETD_NOTHING, /* blank, or a comment */
	INETD_ADDRESS, /* "address:", for the lines that follow */
	INETD_SERVICE,
};

/* A line.  The strings are in the line itself. */
struct inetd_line {
	enum inetd_kind kind;
	char *addresses; /* "a,b" before the colon, or NULL */
	char *service;	 /* name, port or path */
	bool dgram;	 /* else stream */
	char *protocol;
	sa_family_t family; /* AF_UNSPEC: IPv4 and IPv6 */
	bool wait;
	int max; /* starts per minute, or 0: not given */
	/* FreeBSD's limits; 0: unlimited, -1: not given. */
	int max_sessions, rate_per_source, max_per_source;
	char *user, *group; /* group: or NULL; USER may be "user.group" */
	bool internal;
	char *program;
	char *args[INETD_ARGS_MAX + 1]; /* argv of it, up to a NULL */
	bool continues; /* after an error: up to a line with a semicolon */
	char error[256];
};

/*
 * Read LINE, a string without a newline, into L; LINE is cut into words.
 * Returns 0, or -1 with the reason in l->error.
 */
int inetd_parse(char *line, struct inetd_line *l);

/* --- translate.c --- */

/*
 * TEXT, an inetd.conf, in the syntax of haild.conf(5), on the heap.  A line
 * with an error is left out, and its error reported.
 */
char *translate_inetd(struct loader *l, const char *text);

#endif
