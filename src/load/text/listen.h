/*
 * listen.h -- what is wrong with an address of "listen".  Pure.
 */

#ifndef LISTEN_H
#define LISTEN_H

#include <stddef.h>

/*
 * Check TEXT for its form.  Returns NULL, or what is wrong, to
 * follow the address in a message, in BUF.
 */
const char *listen_fault(const char *text, char *buf, size_t size);

#endif
