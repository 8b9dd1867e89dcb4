/*
 * write.h -- the PROXY protocol, versions 1 and 2, from the sender's side.
 *
 * Section numbers refer to the document that proxy.h names.  Pure.
 */

#ifndef PROXY_WRITE_H
#define PROXY_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"
#include "lib/proxy.h"

/* No header is longer, so proxy_parse accepts each one. */
#define PROXY_WRITE_MAX PROXY_MAX

/*
 * The connection that a header describes.  Only version 2 has the texts; a text
 * that is NULL or empty is left out.
 */
struct proxy_connection {
	/* PROXY_TCP: the addresses are known; they may be of Unix sockets. */
	enum proxy_kind kind;
	struct addr client, server; /* its two ends */
	const char *alpn;	    /* PP2_TYPE_ALPN */
	const char *authority;	    /* PP2_TYPE_AUTHORITY */
	const char *unique_id;	    /* PP2_TYPE_UNIQUE_ID, at most 128 bytes */
	const char *identity;	    /* PROXY_IDENTITY */

	bool tls;	  /* the rest is valid; it is in PP2_TYPE_SSL */
	bool certificate; /* the client has one and has proved its key */
	bool verified;
	const char *version;	 /* "TLSv1.3" */
	const char *cipher;	 /* "TLS_AES_256_GCM_SHA384" */
	const char *common_name; /* of the client's certificate */
};

/*
 * The type of the TLV with haild's name for a client; the document leaves 0xe0
 * to 0xef to applications (2.2.7).
 */
#define PROXY_IDENTITY 0xe0

/*
 * Write a header of version 1 (2.1) into BUF.  IPv4-mapped addresses become
 * IPv4.  Unix sockets, health checks and ends of different families, which
 * version 1 cannot describe, are "UNKNOWN".  Returns the length.
 */
size_t proxy_write_v1(
    char buf[PROXY_WRITE_MAX], const struct proxy_connection *c);

/*
 * Write a header of version 2 (2.2), with a checksum.  Ends of different
 * families are AF_UNSPEC; PROXY_LOCAL has neither addresses nor TLVs.  A text
 * for which there is no room is left out.  Returns the length.
 */
size_t proxy_write_v2(
    char buf[PROXY_WRITE_MAX], const struct proxy_connection *c);

#endif
