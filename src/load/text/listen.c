#include "load/text/listen.h"

#include <arpa/inet.h>

#include <net/if.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/passed.h"
#include "lib/addr.h"

#define PASSED "fd:" /* a host named "fd" is written "[fd]:PORT" */

enum listen_form
listen_form(const char *text)
{
	if (text[0] == '/')
		return LISTEN_PATH;
	if (text[0] == '@')
		return LISTEN_ABSTRACT;
	return strncmp(text, PASSED, strlen(PASSED)) == 0 ? LISTEN_PASSED
							  : LISTEN_ADDRESS;
}

const char *
listen_passed(const char *text)
{
	return text + strlen(PASSED);
}

/* Where a fault is written, and what was before the address. */
struct report {
	char *buf;
	size_t size;
	const char *udp; /* "udp:" or "" */
	bool target;	 /* of "forward", not "listen" */
};

static const char *fault(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns its text. */
static const char *
fault(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->buf, r->size, fmt, ap);
	va_end(ap);
	return r->buf;
}

/* Words before a colon that other programs have there. */
static bool
has_prefix(const char *text, size_t *len)
{
	static const struct {
		const char *word;
		bool host; /* may be one: "unix:80" */
	} prefixes[] = {
		{ "tcp", true },
		{ "tcp4", true },
		{ "tcp6", true },
		{ "udp", true },
		{ "udp4", true },
		{ "udp6", true },
		{ "unix", true },
		{ "inet", true },
		{ "inet6", true },
		{ "local", true },
		{ "abstract", false },
		{ "unix-abstract", false },
		{ "unix-connect", false },
		{ "abstract-connect", false },
		{ "unix-listen", false },
		{ "abstract-listen", false },
	};
	size_t i;

	*len = strcspn(text, ":");
	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (text[*len] == ':' && *len == strlen(prefixes[i].word) &&
		    strncasecmp(text, prefixes[i].word, *len) == 0)
			return !prefixes[i].host ||
			    strchr("/@[*", text[*len + 1]) != NULL ||
			    strchr(text + *len + 1, ':') != NULL;
	return false;
}

/* Host and port as in xinetd's "redirect" or rinetd.conf. */
static const char *
space_fault(const char *text, struct report *r)
{
	size_t host = strcspn(text, " \t");
	const char *port = text + host + strspn(text + host, " \t");

	return fault(r, "has a space: write \"%s%.*s:%s\"", r->udp, (int)host,
	    text, *port != '\0' ? port : "PORT");
}

static bool
is_ipv6(const char *text, size_t len)
{
	char host[ADDR_HOST_MAX];
	struct addr a;

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return addr_from_numeric(&a, host, 0) == 0 &&
	    a.sa.sa_family == AF_INET6;
}

/* Two or more colons, and no brackets. */
static const char *
colons_fault(const char *text, struct report *r)
{
	const char *last = strrchr(text, ':');

	if (is_ipv6(text, (size_t)(last - text)))
		return fault(r,
		    "has an IPv6 address without brackets: write "
		    "\"%s[%.*s]:%s\"",
		    r->udp, (int)(last - text), text, last + 1);
	if (is_ipv6(text, strlen(text)))
		return fault(
		    r, "has no port: write \"%s[%s]:PORT\"", r->udp, text);
	return fault(r, "is neither address:port nor a path");
}

/* Only PORT was written. */
static const char *
no_host_fault(const char *port, struct report *r)
{
	if (r->target)
		return fault(r, "has no host: write \"HOST:%s\"", port);
	return fault(r, "has no address: write \"%s*:%s\"", r->udp, port);
}

static const char *
host_fault(const char *text, struct report *r)
{
	if (strchr(text, ':') != NULL && text[0] != '[')
		return colons_fault(text, r);
	if (addr_port_number(text) != -1)
		return no_host_fault(text, r);
	return fault(r, "has no port: write \"%s%s:PORT\"", r->udp, text);
}

static const char *
invalid_fault(const char *text, struct report *r)
{
	const char *end = strchr(text, ']');
	size_t len = strlen(text);

	if (len == 0)
		return fault(r, "is empty");
	if (text[0] == ':' && len > 1)
		return no_host_fault(text + 1, r);
	if (text[0] == '[' && end == NULL)
		return fault(r, "has no \"]\"");
	if (text[0] == '[' && end > text + 1 && end[1] != ':')
		return fault(r,
		    "has no \":\" between \"]\" and the port: write "
		    "\"%s%.*s:%s\"",
		    r->udp, (int)(end + 1 - text), text, end + 1);
	if (text[len - 1] == ':' && len > 1)
		return fault(
		    r, "has no port: write \"%s%sPORT\"", r->udp, text);
	return fault(r, "is neither address:port nor a path");
}

/* HOST has a scope, which begins at PERCENT. */
static const char *
scope_fault(
    const char *host, const char *percent, const char *port, struct report *r)
{
	const char *scope = percent + 1;
	int len = (int)(percent - host);
	char address[ADDR_HOST_MAX];
	struct addr a;

	snprintf(address, sizeof(address), "%.*s", len, host);
	if (addr_from_numeric(&a, address, 0) == -1 && strchr(address, ':'))
		return fault(r, "has an invalid IPv6 address, \"%s\"", address);
	if (!addr_is_link_local(&a))
		return fault(r,
		    "has \"%s\" after an address that is not link-local: "
		    "remove it%s",
		    percent, r->target ? "" : ", or use \"interface\"");
	if (*scope == '\0' || strspn(scope, "0") == strlen(scope))
		return fault(r, "has no interface after \"%%\"");
	if (strncmp(scope, "25", 2) == 0 &&
	    scope[strspn(scope, "0123456789")] != '\0')
		return fault(r,
		    "has \"%%25\", as in a URL: write \"%s[%s%%%s]:%s\"",
		    r->udp, address, scope + 2, port);
	if (strlen(scope) >= IF_NAMESIZE)
		return fault(r,
		    "has an invalid interface, \"%s\": its name has at most "
		    "%d bytes",
		    scope, IF_NAMESIZE - 1);
	return NULL;
}

/* Addresses that "listen" may have, but not "forward". */
static const char *
target_host_fault(const char *host, const char *port, struct report *r)
{
	struct addr a;

	if (strcmp(host, "*") == 0)
		return no_host_fault(port, r);
	if (addr_from_numeric(&a, host, 0) == -1)
		return NULL;
	addr_unmap(&a);
	if (addr_is_wildcard(&a))
		return fault(r,
		    "has the wildcard address \"%s\", which is only for "
		    "\"listen\"",
		    host);
	if (a.sa.sa_family == AF_INET6 && a.in6.sin6_scope_id == 0 &&
	    IN6_IS_ADDR_LINKLOCAL(&a.in6.sin6_addr))
		return fault(r,
		    "has a link-local address without an interface: write "
		    "\"[%s%%INTERFACE]:%s\"",
		    host, port);
	return NULL;
}

/* HOST may be a name, but not if it can only be meant as an address. */
static const char *
address_fault(const char *host, const char *port, struct report *r)
{
	const char *percent = strchr(host, '%');
	struct in_addr in;
	struct addr a;

	if (percent != NULL)
		return scope_fault(host, percent, port, r);
	if (strcmp(host, "*") == 0 || addr_from_numeric(&a, host, 0) == 0)
		return NULL;
	if (strchr(host, ':') != NULL)
		return fault(r, "has an invalid IPv6 address, \"%s\"", host);
	if (host[strspn(host, "0123456789.")] == '\0' &&
	    inet_aton(host, &in) == 0)
		return fault(r, "has an invalid IPv4 address, \"%s\"", host);
	return NULL;
}

static const char *
abstract_fault(const char *text, struct report *r)
{
	struct addr a;

	if (text[1] == '\0')
		return fault(r, "has no name: write \"@NAME\"");
	return addr_from_path(&a, text) == 0
	    ? NULL
	    : fault(
		  r, "has a name that is longer than %zu bytes", ADDR_PATH_MAX);
}

static const char *
passed_fault(const char *name, struct report *r)
{
	if (name[0] == '\0')
		return fault(r, "has no name: write \"fd:NAME\"");
	if (!passed_is_valid(name))
		return fault(r,
		    "has an invalid name: it must be printable ASCII without "
		    "\":\", of at most %d bytes",
		    PASSED_NAME_MAX);
	return NULL;
}

static const char *
find_fault(const char *text, struct report *r)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	const char *p;
	size_t len;

	if (text[0] == '/')
		return NULL;
	if (strstr(text, "://") != NULL)
		return fault(r, "is a URL: write address:port");
	if (has_prefix(text, &len) && r->target)
		return fault(r,
		    "has the prefix \"%.*s:\": write HOST:PORT, a path "
		    "or \"@NAME\"",
		    (int)len, text);
	if (has_prefix(text, &len))
		return fault(r,
		    "has the prefix \"%.*s:\": write an address, \"udp:\" and "
		    "an address, a path or \"@NAME\"",
		    (int)len, text);
	if (strchr(text, ':') == NULL && strpbrk(text, " \t") != NULL)
		return space_fault(text, r);
	switch (addr_split(text, host, port)) {
	case ADDR_PATH:
		return fault(r, "is not an absolute path");
	case ADDR_HOST:
		return host_fault(text, r);
	case ADDR_INVALID:
		return invalid_fault(text, r);
	case ADDR_HOST_PORT:
		break;
	}
	if (r->target && target_host_fault(host, port, r) != NULL)
		return r->buf;
	for (p = port; *p != '\0'; p++)
		if (isalpha((unsigned char)*p))
			return address_fault(host, port, r);
	if (addr_port_number(port) < (r->target ? 1 : 0))
		return fault(r,
		    "has an invalid port, \"%s\": write a number from %d to "
		    "65535 or a name of services(5)",
		    port, r->target ? 1 : 0);
	return address_fault(host, port, r);
}

const char *
listen_fault(const char *text, char *buf, size_t size)
{
	bool udp = strncmp(text, "udp:", 4) == 0;
	struct report r = { buf, size, udp ? "udp:" : "", false };

	if (listen_form(text) == LISTEN_ABSTRACT)
		return abstract_fault(text, &r);
	if (listen_form(text) == LISTEN_PASSED)
		return passed_fault(listen_passed(text), &r);
	return find_fault(udp ? text + 4 : text, &r);
}

const char *
target_fault(const char *text, char *buf, size_t size)
{
	struct report r = { buf, size, "", true };

	if (text[0] != '@')
		return find_fault(text, &r);
	return text[1] == '\0' ? fault(&r, "has no name: write \"@NAME\"")
			       : NULL;
}
