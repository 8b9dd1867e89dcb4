/*
 * addr.h -- socket addresses: split, parse, print, compare.
 *
 * Pure: nothing here resolves a name, opens a socket or logs.
 */

#ifndef ADDR_H
#define ADDR_H

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

struct addr {
	socklen_t len; /* of the member in use */
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
};

/* Enough for addr_print: an abstract name of 107 bytes, all escaped. */
#define ADDR_TEXT_MAX 432

/* The longest path that fits a Unix socket address (unix(7)), without NUL. */
#define ADDR_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

/* The form of the text that addr_split read. */
enum addr_form {
	ADDR_INVALID,	/* empty host or name, unbalanced bracket, text after
			   it */
	ADDR_PATH,	/* contains a slash or begins with "@": HOST is the path
			   or abstract name, PORT is empty */
	ADDR_HOST,	/* a host alone: PORT is empty */
	ADDR_HOST_PORT, /* a host and a port */
};

#define ADDR_HOST_MAX 256 /* DNS names are at most 253 bytes, RFC 1035 */
#define ADDR_PORT_MAX 64

/*
 * Split "host", "host:port", "[v6]", "[v6]:port", a path or "@name".  Two or
 * more colons without brackets are an IPv6 address without port.  HOST gets no
 * brackets.  A part that is too long is ADDR_INVALID, and so is an empty port
 * ("host:").
 */
enum addr_form addr_split(
    const char *text, char host[ADDR_HOST_MAX], char port[ADDR_PORT_MAX]);

/*
 * Read a numeric IPv4 or IPv6 address (RFC 4291 text form, "%scope" allowed)
 * and PORT (host byte order).  Returns 0, or -1 when HOST is not numeric.
 */
int addr_from_numeric(struct addr *a, const char *host, unsigned int port);

/*
 * Make the address of a Unix socket: a path, "" for none, or "@name" for one in
 * the abstract namespace (unix(7)); there "\ooo" is a byte in octal, as
 * addr_print writes it.  Returns -1 when PATH is too long, or a name is empty.
 */
int addr_from_path(struct addr *a, const char *path);

/* Whether it is a Unix socket with a path. */
bool addr_has_path(const struct addr *a);

/* Whether it is a Unix socket with a name in the abstract namespace. */
bool addr_is_abstract(const struct addr *a);

/*
 * Read a decimal port, 0 to 65535.  Returns -1 if TEXT is anything else, such
 * as a name.
 */
int addr_port_number(const char *text);

/*
 * Whether TEXT is a number from 1 to 65535, or may be a name of services(5).
 * To be checked before getaddrinfo(3), which reads 99999 as 34463 and accepts
 * 0 and "".
 */
bool addr_port_is_possible(const char *text);

/*
 * Write "192.0.2.1:7890", "[2001:db8::1]:7890", or the path of a Unix socket
 * ("unix" if it has none) into BUF; or "@name", which addr_from_path reads as
 * the same name.  Returns BUF.
 */
const char *addr_print(const struct addr *a, char *buf, size_t size);

/* The same without the port: "192.0.2.1", "2001:db8::1".  Returns BUF. */
const char *addr_print_host(const struct addr *a, char *buf, size_t size);

/* The port in host byte order; 0 on a Unix socket. */
unsigned int addr_port(const struct addr *a);
void addr_set_port(struct addr *a, unsigned int port);

/* Turn ::ffff:192.0.2.1 (RFC 4291 section 2.5.5.2) into 192.0.2.1. */
void addr_unmap(struct addr *a);

/* Whether family, address, port and scope, or the path or name, are the same.
 */
bool addr_equal(const struct addr *a, const struct addr *b);

/* Whether family and port are the same and one is the wildcard address. */
bool addr_overlaps(const struct addr *a, const struct addr *b);

/* Whether it is 0.0.0.0 or ::, any address of this host. */
bool addr_is_wildcard(const struct addr *a);

/* Whether it is in 127.0.0.0/8 or is ::1, which only this host can reach. */
bool addr_is_loopback(const struct addr *a);

/*
 * Whether it is an IPv6 address of one link (RFC 4007), unicast or multicast:
 * a scope, which names the interface, is needed to use it.
 */
bool addr_is_link_local(const struct addr *a);

/*
 * Copy FROM, which another process has filled: what an address of IPv4 or IPv6
 * is made of, and nothing else.  Returns false, and leaves TO alone, if it is
 * of another family.
 */
bool addr_copy_inet(struct addr *to, const struct addr *from);

#endif
