/*
 * builtin.c -- the services that need no program.
 *
 * An error on the socket ends each of them without a message: it concerns the
 * client.
 */

#include "session/builtin.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "lib/addr.h"
#include "lib/io.h"
#include "session/timed_io.h"

/*
 * Not on the stack, where what is called while a session waits would lie on a
 * page of its own below it: most sessions wait.
 */
static char buffer[16384];

/* RFC 862: send back what comes. */
static void
echo(struct timed_io *t)
{
	ssize_t n;

	while ((n = timed_read(t, buffer, sizeof(buffer))) > 0 &&
	    timed_write(t, buffer, (size_t)n) == 0)
		continue;
}

/* RFC 863: throw away what comes. */
static void
discard(struct timed_io *t)
{
	while (timed_read(t, buffer, sizeof(buffer)) > 0)
		continue;
}

enum { CHARGEN_COUNT = 95, CHARGEN_WIDTH = 72, CHARGEN_LINE = 74 };

static void
chargen_line(char *line, int number)
{
	int i;

	for (i = 0; i < CHARGEN_WIDTH; i++)
		line[i] = (char)(' ' + (number + i) % CHARGEN_COUNT);
	line[CHARGEN_WIDTH] = '\r';
	line[CHARGEN_WIDTH + 1] = '\n';
}

/* RFC 864: lines of 72 of the 95 printing characters, turning, for ever. */
static void
chargen(struct timed_io *t)
{
	char lines[CHARGEN_COUNT * CHARGEN_LINE], waste[4096];
	char *line = lines;
	int i;

	for (i = 0; i < CHARGEN_COUNT; i++, line += CHARGEN_LINE)
		chargen_line(line, i);
	/*
	 * What the client sends is thrown away, so that it never fills up; no
	 * more at a time than what it is sent, or a client that sends for ever
	 * and does not read would never be idle.
	 */
	while (timed_write(t, lines, sizeof(lines)) == 0)
		for (i = 0; i < 2; i++)
			if (recv(t->fd, waste, sizeof(waste), MSG_DONTWAIT) <=
			    0)
				break;
}

static size_t
date_line(char *line, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL)
		return 0;
	return strftime(line, size, "%a %b %e %H:%M:%S %Y\r\n", &tm);
}

/* RFC 867: the date in one line, in no format that it fixes. */
static void
daytime(struct timed_io *t)
{
	char line[64];

	timed_write(t, line, date_line(line, sizeof(line)));
}

/* RFC 868: seconds since 1900 as 32 bits, the most significant byte first. */
static uint32_t
since_1900(void)
{
	return htonl((uint32_t)(time(NULL) + 2208988800));
}

static void
rfc868_time(struct timed_io *t)
{
	uint32_t n = since_1900();

	timed_write(t, &n, sizeof(n));
}

/* --- over UDP --- */

static size_t
echo_datagram(char *buf __attribute__((unused)), size_t in)
{
	return in;
}

static size_t
discard_datagram(
    char *buf __attribute__((unused)), size_t in __attribute__((unused)))
{
	return 0;
}

/*
 * RFC 864 leaves the length to chance, up to 512.  One line, and no more than
 * what was sent, so that a forged source address amplifies nothing.
 */
static size_t
chargen_datagram(char *buf, size_t in)
{
	char line[CHARGEN_LINE];

	chargen_line(line, (int)(time(NULL) % CHARGEN_COUNT));
	if (in > sizeof(line))
		in = sizeof(line);
	memcpy(buf, line, in);
	return in;
}

static size_t
daytime_datagram(char *buf, size_t in __attribute__((unused)))
{
	return date_line(buf, 64);
}

static size_t
time_datagram(char *buf, size_t in __attribute__((unused)))
{
	uint32_t n = since_1900();

	memcpy(buf, &n, sizeof(n));
	return sizeof(n);
}

bool
builtin_may_answer(const struct addr *a, unsigned int own_port)
{
	unsigned int port = addr_port(a);

	if (a->sa.sa_family == AF_INET &&
	    IN_MULTICAST(ntohl(a->in.sin_addr.s_addr)))
		return false;
	if (a->sa.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_MULTICAST(&a->in6.sin6_addr))
		return false;
	return port >= IPPORT_RESERVED && port != 2049 && port != own_port;
}

void
builtin_serve_datagrams(builtin_datagram_fn *fn, int fd)
{
	char buf[BUILTIN_DATAGRAM_MAX];
	int64_t end = clock_now() + 60 * SECOND, idle;
	struct addr from, to, own;
	ssize_t in;
	size_t out;

	memset(&own, 0, sizeof(own));
	own.len = sizeof(own) - offsetof(struct addr, sa);
	if (getsockname(fd, &own.sa, &own.len) == -1)
		return;
	/* A client that keeps it busy does not keep it for ever. */
	while (clock_now() < end) {
		idle = clock_now() + 10 * SECOND;
		if (io_wait(fd, POLLIN, idle < end ? idle : end) <= 0)
			return;
		memset(&from, 0, sizeof(from));
		from.len = sizeof(from) - offsetof(struct addr, sa);
		in = recvfrom(
		    fd, buf, sizeof(buf), MSG_DONTWAIT, &from.sa, &from.len);
		if (in == -1)
			continue;
		/* On a socket for both families IPv4 looks like IPv6. */
		to = from;
		addr_unmap(&to);
		if (!builtin_may_answer(&to, addr_port(&own)))
			continue;
		if ((out = fn(buf, (size_t)in)) > 0)
			sendto(fd, buf, out, MSG_DONTWAIT, &from.sa, from.len);
	}
}

/* --- all of them --- */

static const struct {
	builtin_fn *fn;
	builtin_datagram_fn *datagram_fn;
} builtins[] = {
	[BUILTIN_CHARGEN] = { chargen, chargen_datagram },
	[BUILTIN_DAYTIME] = { daytime, daytime_datagram },
	[BUILTIN_DISCARD] = { discard, discard_datagram },
	[BUILTIN_ECHO] = { echo, echo_datagram },
	[BUILTIN_TIME] = { rfc868_time, time_datagram },
	[NBUILTINS] = { NULL, NULL },
};

builtin_fn *
builtin_find(const char *name)
{
	return builtins[config_find_word(config_builtins, name)].fn;
}

builtin_datagram_fn *
builtin_find_datagram(const char *name)
{
	return builtins[config_find_word(config_builtins, name)].datagram_fn;
}

void
builtin_message(struct timed_io *t, const char *text)
{
	timed_write(t, text, strlen(text));
}
