/*
 * inetd.h -- inetd.conf, as haild.conf would say it.
 *
 * Pure: text in, text out.  Each line of inetd.conf becomes the same line of a
 * haild.conf, so that whatever is wrong with it is reported where it stands.
 */

#ifndef INETD_H
#define INETD_H

#include <stdbool.h>
#include <stddef.h>

#define INETD_ARGS_MAX 64 /* of a program, its name among them */

/* What a line is. */
enum inetd_kind {
	INETD_NOTHING, /* blank, or a comment */
	INETD_ADDRESS, /* "address:", for the lines after it */
	INETD_SERVICE,
};

enum inetd_family { INETD_ANY, INETD_IPV4, INETD_IPV6, INETD_UNIX };

/* A line.  The strings are in the line itself. */
struct inetd_line {
	enum inetd_kind kind;
	char *addresses; /* "a,b" before the colon, or NULL */
	char *service;	 /* name, port or path */
	bool dgram;	 /* else stream */
	char *protocol;
	enum inetd_family family;
	bool wait;
	int max;	    /* starts in a minute, or 0: not said */
	char *user, *group; /* group: or NULL */
	bool internal;
	char *program;
	char *args[INETD_ARGS_MAX + 1]; /* argv of it, up to a NULL */
};

/*
 * Read LINE, a string without a newline, which is cut into words, and fill L
 * with it.  Returns 0, or -1 with what is wrong in ERROR.
 */
int inetd_parse(char *line, struct inetd_line *l, char *error, size_t size);

/* Takes what is wrong with a line, whose number counts from 1. */
typedef void inetd_sink(void *arg, int line, const char *error);

/*
 * TEXT, which is changed, in the syntax of haild.conf(5); on the heap.  Lines
 * that are wrong go to SINK and are left out.  Ends the process when there is
 * no memory.
 */
char *inetd_translate(char *text, inetd_sink *sink, void *arg);

#endif
