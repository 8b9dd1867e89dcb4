/*
 * escape_network.c -- what sessions share in one network namespace.  The
 * argument is the TOKEN of the victim, by which its things are named.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <linux/netlink.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/e2e/escape.h"

/* Below those that the kernel gives out. */
static unsigned short
port_of(const char *token)
{
	return (unsigned short)(20000 + atoi(token) % 10000);
}

static int
bind_port(const char *token)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port_of(token)) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd == -1 ? -1
			: bind(fd, (const struct sockaddr *)&in, sizeof(in));
}

static int
bind_name(const char *token)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(
	    un.sun_path + 1, sizeof(un.sun_path) - 1, "escape-name-%s", token);
	return fd == -1 ? -1
			: bind(fd, (const struct sockaddr *)&un, sizeof(un));
}

static int
netlink_to(const char *token, struct sockaddr_nl *nl)
{
	*nl = (struct sockaddr_nl) { .nl_family = AF_NETLINK,
		.nl_pid = (unsigned int)atoi(token) };
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
}

/* --- attempts --- */

static int
send_message(char **args)
{
	struct sockaddr_nl nl;
	int fd = netlink_to(args[0], &nl);

	return fd == -1 ||
		sendto(fd, "x", 1, 0, (struct sockaddr *)&nl, sizeof(nl)) == -1
	    ? -1
	    : 0;
}

/* EADDRINUSE shows that the victim has bound the same address. */
static int
is_in_use(int result)
{
	if (result == -1 && errno == EADDRINUSE)
		return 0;
	if (result == 0)
		errno = ENOENT;
	return -1;
}

static int
see_port(char **args)
{
	return is_in_use(bind_port(args[0]));
}

static int
see_name(char **args)
{
	return is_in_use(bind_name(args[0]));
}

static int
see_socket(char **args)
{
	FILE *f = fopen("/proc/net/udp", "re");
	unsigned int port;
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " %*d: %*x:%x", &port) == 1 &&
		    port == port_of(args[0]))
			return 0;
	if (f != NULL)
		errno = ENOENT;
	return -1;
}

/* --- the victim --- */

/* Its descriptors stay open until it ends. */
void
be_in_network(const char *token)
{
	struct sockaddr_nl nl;
	int fd = netlink_to(token, &nl);

	if (fd != -1)
		bind(fd, (struct sockaddr *)&nl, sizeof(nl));
	bind_port(token);
	bind_name(token);
}

const struct attempt network_attempts[] = {
	{ "netlink-message", send_message },
	{ "port-in-use", see_port },
	{ "name-in-use", see_name },
	{ "net-sockets", see_socket },
	{ NULL, NULL },
};
