#include "haild/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/number.h"

/* --- messages to the service manager --- */

/* Returns 0, or -1 when TEXT is not an address of sd_notify(3). */
static int
set_address(struct notify *n, const char *text)
{
	size_t len = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || len < 2 ||
	    len > ADDR_PATH_MAX)
		return -1;
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, text, len);
	n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	/* A NUL precedes an abstract name and ends a path. */
	if (text[0] == '@')
		n->to.sun_path[0] = '\0';
	else
		n->len++;
	return 0;
}

static int
open_address(struct notify *n, const char *text)
{
	if (set_address(n, text) == -1) {
		log_errx(
		    "NOTIFY_SOCKET: \"%s\" is not a socket's address "
		    "(/PATH or @NAME)",
		    text);
		return -1;
	}
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd == -1) {
		log_err("NOTIFY_SOCKET: cannot create a socket");
		return -1;
	}
	return 0;
}

int
notify_open(struct notify *n)
{
	const char *text = getenv("NOTIFY_SOCKET");
	int result = 0;

	memset(n, 0, sizeof(*n));
	n->fd = -1;
	if (text != NULL)
		result = open_address(n, text);
	unsetenv("NOTIFY_SOCKET");
	return result;
}

void
notify_close(struct notify *n)
{
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
}

static int
send_text(const struct notify *n, const char *text)
{
	const struct sockaddr *to = (const struct sockaddr *)&n->to;

	if (n->fd == -1)
		return 0;
	if (sendto(n->fd, text, strlen(text), MSG_NOSIGNAL, to, n->len) == -1)
		return -1;
	return 0;
}

int
notify_send(const struct notify *n, const char *fmt, ...)
{
	char text[NOTIFY_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0)
		return -1;
	if ((size_t)len >= sizeof(text)) {
		errno = EMSGSIZE;
		return -1;
	}
	return send_text(n, text);
}

int
notify_ready(const struct notify *n)
{
	return send_text(n, "READY=1");
}

int
notify_reloading(const struct notify *n)
{
	/* CLOCK_MONOTONIC in us identifies this reload. */
	return notify_send(n, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    clock_now() / (SECOND / 1000000));
}

int
notify_stopping(const struct notify *n)
{
	return send_text(n, "STOPPING=1");
}

int
notify_watchdog(const struct notify *n)
{
	return send_text(n, "WATCHDOG=1");
}

int
notify_status(const struct notify *n, const char *fmt, ...)
{
	char text[NOTIFY_MAX] = "STATUS=";
	size_t used = strlen(text);
	va_list ap;
	char *c;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	if (len < 0)
		return -1;
	for (c = text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return send_text(n, text);
}

/* --- the watchdog --- */

static int64_t
read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t n;

	if (usec == NULL)
		return 0;
	if (pid != NULL) {
		if (!number_parse(pid, 0, INT_MAX, &n)) {
			log_warnx(
			    "WATCHDOG_PID: \"%s\" is not a process ID", pid);
			return 0;
		}
		if (n != getpid())
			return 0;
	}
	if (!number_parse(usec, 1, INT64_MAX / (SECOND / 1000000), &n)) {
		log_warnx("WATCHDOG_USEC: \"%s\" is not a time", usec);
		return 0;
	}
	return n * (SECOND / 1000000);
}

int64_t
watchdog_timeout(void)
{
	int64_t timeout = read_watchdog();

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return timeout;
}

/* --- sockets that the service manager opened --- */

static int
read_listen_fds(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	int64_t n;

	if (fds == NULL || pid == NULL)
		return 0;
	if (!number_parse(pid, 0, INT_MAX, &n)) {
		log_errx("LISTEN_PID: \"%s\" is not a process ID", pid);
		return -1;
	}
	if (n != getpid())
		return 0;
	if (!number_parse(fds, 0, LISTEN_FDS_MAX, &n)) {
		log_errx("LISTEN_FDS: \"%s\" is not a number from 0 to %d", fds,
		    LISTEN_FDS_MAX);
		return -1;
	}
	return (int)n;
}

int
listen_fds(void)
{
	int n = read_listen_fds();

	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	return n;
}

/* An option of SOL_SOCKET, or -1 with errno. */
static int
socket_option(int fd, int option)
{
	int value;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) == -1)
		return -1;
	return value;
}

/* Returns what is wrong with FD, of the domain FAMILY, or NULL. */
static const char *
check_type(int fd, int family)
{
	struct addr peer;
	socklen_t len = sizeof(peer.un);

	if (socket_option(fd, SO_TYPE) == SOCK_STREAM)
		return socket_option(fd, SO_ACCEPTCONN) == 1
		    ? NULL
		    : "does not listen";
	if (family == AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_DGRAM ||
	    socket_option(fd, SO_PROTOCOL) != IPPROTO_UDP)
		return "is neither a stream nor a UDP socket";
	return getpeername(fd, &peer.sa, &len) == 0 ? "is connected" : NULL;
}

const char *
listen_fd_prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL), family;
	const char *wrong;

	if (flags == -1)
		return "is not open";
	if ((family = socket_option(fd, SO_DOMAIN)) == -1)
		return "is not a socket";
	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		return "is neither an IP nor a Unix-domain socket";
	if ((wrong = check_type(fd, family)) != NULL)
		return wrong;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return "cannot be made close-on-exec and non-blocking";
	return NULL;
}
