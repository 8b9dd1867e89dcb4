/*
 * listen.h -- what is wrong with an address of "listen" or "forward".  Pure.
 */

#ifndef LISTEN_H
#define LISTEN_H

#include <stddef.h>

/*
 * Check the form of TEXT.  Returns NULL if it is valid; otherwise BUF with the
 * error, as the part of a message after the address.
 */
const char *listen_fault(const char *text, char *buf, size_t size);
const char *target_fault(const char *text, char *buf, size_t size);

#endif
