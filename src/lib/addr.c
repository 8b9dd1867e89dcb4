#include "lib/addr.h"

#include <arpa/inet.h>

#include <net/if.h>

#include <stdio.h>
#include <string.h>

#include "lib/number.h"

/* HOST is the LEN bytes at TEXT; REST must be empty or ":" and a port. */
static enum addr_form
split_at(const char *text, size_t len, const char *rest,
    char host[ADDR_HOST_MAX], char port[ADDR_PORT_MAX])
{
	if (len == 0 || len >= ADDR_HOST_MAX)
		return ADDR_INVALID;
	memcpy(host, text, len);
	host[len] = '\0';
	if (*rest == '\0')
		return ADDR_HOST;
	if (rest[0] != ':' || rest[1] == '\0' ||
	    strlcpy(port, rest + 1, ADDR_PORT_MAX) >= ADDR_PORT_MAX)
		return ADDR_INVALID;
	return ADDR_HOST_PORT;
}

enum addr_form
addr_split(const char *text, char host[ADDR_HOST_MAX], char port[ADDR_PORT_MAX])
{
	const char *end;

	host[0] = port[0] = '\0';
	if (text[0] == '@' || strchr(text, '/') != NULL)
		return strcmp(text, "@") != 0 &&
			strlcpy(host, text, ADDR_HOST_MAX) < ADDR_HOST_MAX
		    ? ADDR_PATH
		    : ADDR_INVALID;
	if (text[0] == '[') {
		if ((end = strchr(text, ']')) == NULL)
			return ADDR_INVALID;
		return split_at(
		    text + 1, (size_t)(end - text) - 1, end + 1, host, port);
	}
	end = strchrnul(text, ':');
	if (*end == ':' && strchr(end + 1, ':') != NULL)
		end = strchr(end, '\0'); /* IPv6 without a port */
	return split_at(text, (size_t)(end - text), end, host, port);
}

/* Only these addresses are read and printed with the name of an interface. */
static bool
has_named_scope(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MC_LINKLOCAL(a);
}

/* TEXT follows "%": an interface's name or number.  Returns 0 or -1. */
static int
parse_scope(struct sockaddr_in6 *in6, const char *text)
{
	int64_t n;

	if (has_named_scope(&in6->sin6_addr) &&
	    (in6->sin6_scope_id = if_nametoindex(text)) != 0)
		return 0;
	if (!number_parse(text, 0, UINT32_MAX, &n))
		return -1;
	in6->sin6_scope_id = (uint32_t)n;
	return 0;
}

int
addr_from_numeric(struct addr *a, const char *host, unsigned int port)
{
	char text[INET6_ADDRSTRLEN];
	size_t len = strcspn(host, "%");

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1) {
		a->sa.sa_family = AF_INET;
		a->len = sizeof(a->in);
	} else {
		if (len >= sizeof(text))
			return -1;
		memcpy(text, host, len);
		text[len] = '\0';
		memset(a, 0, sizeof(*a));
		if (inet_pton(AF_INET6, text, &a->in6.sin6_addr) != 1 ||
		    (host[len] == '%' &&
			parse_scope(&a->in6, host + len + 1) == -1))
			return -1;
		a->sa.sa_family = AF_INET6;
		a->len = sizeof(a->in6);
	}
	addr_set_port(a, port);
	return 0;
}

bool
addr_has_path(const struct addr *a)
{
	return a->sa.sa_family == AF_UNIX && a->un.sun_path[0] != '\0';
}

bool
addr_is_abstract(const struct addr *a)
{
	return a->sa.sa_family == AF_UNIX && a->un.sun_path[0] == '\0' &&
	    a->len > offsetof(struct sockaddr_un, sun_path) + 1;
}

/* Whether TEXT begins with a byte as print_abstract escapes it. */
static bool
is_escape(const char *text)
{
	return text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
	    text[2] >= '0' && text[2] <= '7' && text[3] >= '0' &&
	    text[3] <= '7';
}

/* NAME is what follows "@". */
static int
read_abstract(struct addr *a, const char *name)
{
	char *at = a->un.sun_path + 1;
	const char *end = a->un.sun_path + sizeof(a->un.sun_path);

	while (*name != '\0' && at < end) {
		if (is_escape(name)) {
			*at++ = (char)((name[1] - '0') << 6 |
			    (name[2] - '0') << 3 | (name[3] - '0'));
			name += 4;
		} else
			*at++ = *name++;
	}
	a->len = (socklen_t)(at - (char *)&a->un);
	return *name == '\0' && addr_is_abstract(a) ? 0 : -1;
}

int
addr_from_path(struct addr *a, const char *path)
{
	size_t len = strlen(path);

	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	if (path[0] == '@')
		return read_abstract(a, path + 1);
	if (len > ADDR_PATH_MAX)
		return -1;
	memcpy(a->un.sun_path, path, len);
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (len > 0)
		a->len++; /* the NUL; without a path there is none */
	return 0;
}

int
addr_port_number(const char *text)
{
	uint64_t n;

	return number_read(&text, 65535, &n) && *text == '\0' ? (int)n : -1;
}

bool
addr_port_is_possible(const char *text)
{
	return text[strspn(text, "0123456789")] != '\0' ||
	    addr_port_number(text) > 0;
}

/*
 * The name may have any bytes: those that are not printable ASCII, and
 * backslashes, are escaped in octal, so that no two names print the same.
 */
static void
print_abstract(const struct addr *a, char *buf, size_t size)
{
	const char *at = a->un.sun_path + 1;
	const char *end = (const char *)&a->un + a->len;
	size_t used = strlcpy(buf, "@", size);

	for (; at < end && used < size; at++)
		used += (size_t)snprintf(buf + used, size - used,
		    *at > ' ' && *at <= '~' && *at != '\\' ? "%c" : "\\%03o",
		    (unsigned char)*at);
}

const char *
addr_print_host(const struct addr *a, char *buf, size_t size)
{
	char scope[IF_NAMESIZE];

	switch (a->sa.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &a->in.sin_addr, buf, (socklen_t)size);
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &a->in6.sin6_addr, buf, (socklen_t)size);
		if (a->in6.sin6_scope_id == 0)
			break;
		if (!has_named_scope(&a->in6.sin6_addr) ||
		    if_indextoname(a->in6.sin6_scope_id, scope) == NULL)
			snprintf(scope, sizeof(scope), "%u",
			    (unsigned int)a->in6.sin6_scope_id);
		strlcat(buf, "%", size);
		strlcat(buf, scope, size);
		break;
	case AF_UNIX:
		if (addr_is_abstract(a))
			print_abstract(a, buf, size);
		else
			snprintf(buf, size, "%s",
			    a->un.sun_path[0] != '\0' ? a->un.sun_path
						      : "unix");
		break;
	default:
		strlcpy(buf, "?", size);
	}
	return buf;
}

const char *
addr_print(const struct addr *a, char *buf, size_t size)
{
	char host[ADDR_TEXT_MAX];

	addr_print_host(a, host, sizeof(host));
	if (a->sa.sa_family == AF_INET)
		snprintf(buf, size, "%s:%u", host, addr_port(a));
	else if (a->sa.sa_family == AF_INET6)
		snprintf(buf, size, "[%s]:%u", host, addr_port(a));
	else
		strlcpy(buf, host, size);
	return buf;
}

unsigned int
addr_port(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET)
		return ntohs(a->in.sin_port);
	if (a->sa.sa_family == AF_INET6)
		return ntohs(a->in6.sin6_port);
	return 0;
}

void
addr_set_port(struct addr *a, unsigned int port)
{
	if (a->sa.sa_family == AF_INET)
		a->in.sin_port = htons((in_port_t)port);
	else if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons((in_port_t)port);
}

void
addr_unmap(struct addr *a)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (a->sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return;
	in.sin_port = a->in6.sin6_port;
	memcpy(&in.sin_addr, &a->in6.sin6_addr.s6_addr[12], 4);
	memset(a, 0, sizeof(*a));
	a->in = in;
	a->len = sizeof(in);
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family || addr_port(a) != addr_port(b))
		return false;
	switch (a->sa.sa_family) {
	case AF_INET:
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	case AF_INET6:
		return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
			   sizeof(a->in6.sin6_addr)) == 0 &&
		    a->in6.sin6_scope_id == b->in6.sin6_scope_id;
	case AF_UNIX:
		if (addr_is_abstract(a) || addr_is_abstract(b))
			return a->len == b->len &&
			    memcmp(&a->un, &b->un, a->len) == 0;
		return strcmp(a->un.sun_path, b->un.sun_path) == 0;
	}
	return false;
}

bool
addr_is_wildcard(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
	if (a->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
	return false;
}

bool
addr_overlaps(const struct addr *a, const struct addr *b)
{
	return a->sa.sa_family == b->sa.sa_family &&
	    addr_port(a) == addr_port(b) &&
	    (addr_is_wildcard(a) || addr_is_wildcard(b));
}

bool
addr_is_loopback(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET)
		return ntohl(a->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return a->sa.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

bool
addr_is_link_local(const struct addr *a)
{
	return a->sa.sa_family == AF_INET6 &&
	    has_named_scope(&a->in6.sin6_addr);
}

bool
addr_copy_inet(struct addr *to, const struct addr *from)
{
	struct addr copy;

	memset(&copy, 0, sizeof(copy));
	if (from->sa.sa_family == AF_INET) {
		copy.in = from->in;
		copy.len = sizeof(copy.in);
	} else if (from->sa.sa_family == AF_INET6) {
		copy.in6 = from->in6;
		copy.in6.sin6_flowinfo = 0;
		/* Others have no scope, and are not printed with one. */
		if (!IN6_IS_ADDR_LINKLOCAL(&copy.in6.sin6_addr))
			copy.in6.sin6_scope_id = 0;
		copy.len = sizeof(copy.in6);
	} else
		return false;
	*to = copy;
	return true;
}
