/*
 * proxy_write.h -- the PROXY protocol, versions 1 and 2, from the sender's side.
 *
 * Section numbers refer to the same document as in proxy.h.  Pure.
 */

#ifndef PROXY_WRITE_H
#define PROXY_WRITE_H

#include <stddef.h>

#include "lib/addr.h"

/* The longest header: version 2 with all TLVs. */
#define PROXY_WRITE_MAX 2048

/*
 * Write a header of version 1 (2.1) into BUF.  CLIENT and SERVER are the two
 * ends of the connection.  What version 1 cannot express, such as a Unix
 * socket, is "UNKNOWN".  Returns its length.
 */
size_t proxy_write_v1(char buf[PROXY_WRITE_MAX], const struct addr *client,
    const struct addr *server);

#endif
