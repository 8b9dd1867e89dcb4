/*
 * listen.h -- the form of addresses in "listen" and "forward", and their
 * faults. Pure.
 */

#ifndef LISTEN_H
#define LISTEN_H

#include <stddef.h>

enum listen_form {
	LISTEN_ADDRESS,	 /* "HOST:PORT", "udp:HOST:PORT", or anything else */
	LISTEN_PATH,	 /* "/PATH" */
	LISTEN_ABSTRACT, /* "@NAME" */
	LISTEN_PASSED,	 /* "fd:NAME" */
};

enum listen_form listen_form(const char *text);

/* The NAME of a LISTEN_PASSED. */
const char *listen_passed(const char *text);

/*
 * Check the form of TEXT, an address of "listen" or a target.  Returns NULL if
 * it is valid; otherwise BUF with the error, as the part of a message after the
 * address.
 */
const char *listen_fault(const char *text, char *buf, size_t size);
const char *target_fault(const char *text, char *buf, size_t size);

#endif
