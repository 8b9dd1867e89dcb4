/*
 * soak.c -- the clients of the soak, and the syslog that it reads.
 *
 *	soak load SEED FIRST N SECONDS KINDS	N clients, within SECONDS
 *	soak log FILE				be /dev/log: a line each
 *
 * What the client of a number does, and from which address, follows from SEED
 * and the number alone.  KINDS is "all", or "calm": nobody who is refused.  For
 * each client there is a line on standard output when it is done:
 *
 *	KIND normal|odd RESULT ADDRESS:PORT ANNOUNCED
 *
 * RESULT is "full": all bytes of the answer came, then an orderly end; "short":
 * not all of them; "wrong": others; "late": neither answer nor end in time;
 * "over": the server ended who was owed nothing; "left": the client went first.
 * ANNOUNCED is who the client is by its PROXY header, or "-".
 */

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "io.h"
#include "nailgun.h"

#define OPEN_MAX_AT_ONCE 400
#define PATIENCE (40 * SECOND)
#define PAYLOAD_MAX 8192
#define REPLY "Smile from the server\n"

/* As in soak.sh. */
enum { MESSAGE = 7001, ECHO_BACK, CAT, PROXIED, COMMANDS, CHARGEN };

enum want { NOTHING, THE_MESSAGE, THE_PAYLOAD, THE_COMMAND };

struct client {
	const struct kind *kind;
	unsigned long number;
	uint64_t chance; /* what else is left to it */
	unsigned int port;
	int fd;
	int64_t deadline;
	int64_t next;	/* of a slow one: when it sends again */
	int64_t leaves; /* 0: it waits for the server */
	bool resets;
	char head[256]; /* what it says before the payload */
	size_t head_len, payload_len;
	size_t sent, got; /* head included; of the answer */
	bool wrong, halved, clean;
	struct nailgun answer;
	int status;
	char who[ADDR_TEXT_MAX], announced[ADDR_TEXT_MAX];
};

/* One kind of client: WEIGHT of a hundred are of it. */
struct kind {
	const char *name;
	unsigned int weight;
	unsigned int port;
	enum want want;
	bool normal;
	bool refused; /* or not worth a line: not when all shall be calm */
	void (*prepare)(struct client *);
};

/* --- chance --- */

/* splitmix64, whose next state is the last one and a constant. */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static unsigned int
chance(struct client *c, unsigned int n)
{
	c->chance = mix(c->chance);
	return (unsigned int)(c->chance % n);
}

/* The byte at AT of what client C sends. */
static char
payload_byte(const struct client *c, size_t at)
{
	return (char)(c->number * 31 + at * 7 + (at >> 8));
}

/* --- what they say --- */

static void
say(struct client *c, const void *data, size_t len)
{
	memcpy(c->head + c->head_len, data, len);
	c->head_len += len;
}

static void
some_payload(struct client *c)
{
	c->payload_len = 1 + chance(c, PAYLOAD_MAX);
}

static void
slowly(struct client *c)
{
	c->payload_len = 4 + chance(c, 12);
	c->next = clock_now();
}

static void
frame(struct client *c, enum nailgun_type type, const char *text)
{
	unsigned char header[NAILGUN_HEADER_SIZE];

	nailgun_header(header, type, strlen(text));
	say(c, header, sizeof(header));
	say(c, text, strlen(text));
}

static void
command(struct client *c)
{
	char text[32];

	snprintf(text, sizeof(text), "number %lu", c->number);
	frame(c, NAILGUN_ARGUMENT, text);
	frame(c, NAILGUN_DIRECTORY, "/");
	frame(c, NAILGUN_COMMAND, "say");
	nailgun_init(&c->answer, NAILGUN_SERVER);
}

/* A header of version 1 or 2 (the PROXY protocol, sections 2.1 and 2.2). */
static void
proxied(struct client *c)
{
	static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c";
	unsigned char a[12] = { 10, (unsigned char)(c->number >> 16),
		(unsigned char)(c->number >> 8), (unsigned char)c->number, 127,
		0, 0, 1, 0x12, 0x34, PROXIED >> 8, PROXIED & 0xff };
	char line[108];

	snprintf(c->announced, sizeof(c->announced), "10.%u.%u.%u:4660", a[1],
	    a[2], a[3]);
	some_payload(c);
	if (chance(c, 2) == 0) {
		say(c, v2, sizeof(v2) - 1);
		say(c, a, sizeof(a));
		return;
	}
	snprintf(line, sizeof(line),
	    "PROXY TCP4 10.%u.%u.%u 127.0.0.1 4660 %d\r\n", a[1], a[2], a[3],
	    PROXIED);
	say(c, line, strlen(line));
}

/* One of these, each a string and its length. */
#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}
struct bytes {
	const char *data;
	size_t len;
};

static void
say_one_of(struct client *c, const struct bytes *all, size_t n)
{
	const struct bytes *b = &all[chance(c, (unsigned int)n)];

	say(c, b->data, b->len);
}

static void
bad_proxy(struct client *c)
{
	static const struct bytes all[] = {
		BYTES(""),
		BYTES("P"),
		BYTES("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		BYTES("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\n\n"),
		BYTES("PROXY TCP4 10.0.0.256 10.0.0.2 1 2\r\n"),
		BYTES("PROXY TCP4 10.0.0.1 10.0.0.2 65536 2\r\n"),
		BYTES("PROXY TCP9 10.0.0.1 10.0.0.2 1 2\r\n"),
		BYTES("PROXY TCP4 10.0.0.1 10"),
		BYTES("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c"),
		BYTES("\r\n\r\n\0\r\nQUIT\n\x2f\x11\0\x0c"),
		BYTES("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"),
		BYTES("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\4abcd"),
	};

	say_one_of(c, all, sizeof(all) / sizeof(all[0]));
	c->payload_len = chance(c, 2) * 64;
}

static void
bad_command(struct client *c)
{
	static const struct bytes all[] = {
		BYTES(""),
		BYTES("\0\0"),
		BYTES("\0\0\0\3Cno"),
		BYTES("\0\0\0\3Cnot"),
		BYTES("\0\0\0\0C"),
		BYTES("\xff\xff\xff\xff"
		      "A"),
		BYTES("\0\0\0\0X"),
		BYTES("\0\0\0\0D\0\0\0\0D"),
		BYTES("\0\0\0\3Csay"),
		BYTES("\0\0\0\2A-x\0\0\0\3Csay"),
		BYTES("\0\0\0\1Ax\0\0\0\3Csay\0\0\0\1ZZ"),
		BYTES("SSH-2.0-OpenSSH_9.2\r\n"),
	};

	say_one_of(c, all, sizeof(all) / sizeof(all[0]));
}

/* At once, or some time later; with something said, or not. */
static void
resetting(struct client *c)
{
	c->port = MESSAGE + chance(c, CHARGEN - MESSAGE + 1);
	c->resets = true;
	c->leaves = clock_now() + chance(c, 2) * chance(c, 300) * SECOND / 1000;
	c->payload_len = chance(c, 2) * chance(c, PAYLOAD_MAX);
}

static void
silent(struct client *c)
{
	static const unsigned int ports[] = { ECHO_BACK, CAT, COMMANDS };

	c->port = ports[chance(c, 3)];
}

/* A whole deal of it is in the way until the server has had enough. */
static void
never_reading(struct client *c)
{
	c->leaves = clock_now() + 5 * SECOND;
}

static const struct kind kinds[] = {
	{ "message", 25, MESSAGE, THE_MESSAGE, true, false, NULL },
	{ "echo", 15, ECHO_BACK, THE_PAYLOAD, true, false, some_payload },
	{ "cat", 10, CAT, THE_PAYLOAD, true, false, some_payload },
	{ "command", 5, COMMANDS, THE_COMMAND, true, false, command },
	{ "proxied", 5, PROXIED, THE_PAYLOAD, true, true, proxied },
	{ "reset", 10, 0, NOTHING, false, true, resetting },
	{ "slow", 4, ECHO_BACK, THE_PAYLOAD, false, false, slowly },
	{ "silent", 5, 0, NOTHING, false, false, silent },
	{ "unread", 3, CHARGEN, NOTHING, false, false, never_reading },
	{ "bad-proxy", 8, PROXIED, NOTHING, false, true, bad_proxy },
	{ "bad-command", 6, COMMANDS, NOTHING, false, false, bad_command },
	{ "greedy", 2, MESSAGE, THE_MESSAGE, false, true, NULL },
	{ "denied", 2, MESSAGE, NOTHING, false, true, NULL },
};

static const struct kind *
choose_kind(unsigned int of_hundred, bool calm)
{
	size_t i;

	for (i = 0; of_hundred >= kinds[i].weight; i++)
		of_hundred -= kinds[i].weight;
	return calm && kinds[i].refused ? &kinds[0] : &kinds[i];
}

/* --- one client --- */

static int
open_from(struct client *c)
{
	unsigned int n = (unsigned int)c->number;
	struct addr from, to;
	char host[32];
	int on = 1;

	if (strcmp(c->kind->name, "greedy") == 0)
		snprintf(host, sizeof(host), "127.99.0.%u", 1 + n % 8);
	else
		snprintf(host, sizeof(host), "127.%u.%u.%u",
		    (strcmp(c->kind->name, "denied") == 0 ? 128 : 1) +
			(n >> 16 & 63),
		    n >> 8 & 255, n & 255);
	addr_from_numeric(&from, host, 0);
	addr_from_numeric(&to, "127.0.0.1", c->port);
	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	/* No port before connect(2): there are not that many. */
	setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(c->fd, &from.sa, from.len) == -1 ||
	    connect(c->fd, &to.sa, to.len) == -1 ||
	    getsockname(c->fd, &from.sa, &from.len) == -1 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	addr_print(&from, c->who, sizeof(c->who));
	return 0;
}

static const char *
result_of(const struct client *c)
{
	static const size_t message_len = sizeof(REPLY) - 1;
	size_t wanted =
	    c->kind->want == THE_MESSAGE ? message_len : c->payload_len;

	if (c->wrong)
		return "wrong";
	if (clock_now() >= c->deadline)
		return "late";
	if (c->leaves != 0 && clock_now() >= c->leaves)
		return "left";
	if (c->kind->want == NOTHING)
		return "over";
	if (c->kind->want == THE_COMMAND)
		return c->status == 0 ? "full" : "short";
	return c->clean && c->got == wanted ? "full" : "short";
}

static void
finish(struct client *c)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	printf("%s %s %s %s %s\n", c->kind->name,
	    c->kind->normal ? "normal" : "odd", result_of(c), c->who,
	    c->announced);
	if (c->resets)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(c->fd);
	c->fd = -1;
}

/* Whether it has something to send now. */
static bool
has_more(const struct client *c, int64_t now)
{
	return c->sent < c->head_len + c->payload_len &&
	    (c->next == 0 || now >= c->next);
}

/* Ask epoll for what the client waits for. */
static void
watch(int epoll, struct client *c, int op, int64_t now)
{
	struct epoll_event ev = { .data.ptr = c };

	if (c->kind->prepare != never_reading)
		ev.events |= EPOLLIN;
	if (has_more(c, now))
		ev.events |= EPOLLOUT;
	if (epoll_ctl(epoll, op, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
send_some(struct client *c, int64_t now)
{
	size_t end = c->head_len + c->payload_len, len = 0;
	char buf[4096];
	ssize_t n;

	while (len < sizeof(buf) && c->sent + len < end) {
		size_t at = c->sent + len;

		buf[len++] = at < c->head_len
		    ? c->head[at]
		    : payload_byte(c, at - c->head_len);
		if (c->next != 0)
			break;
	}
	n = send(c->fd, buf, len, MSG_NOSIGNAL);
	if (n > 0)
		c->sent += (size_t)n;
	if (c->next != 0)
		c->next = now + SECOND / 10;
	/* A server that has gone is noticed by reading. */
	if (n == -1 && errno != EAGAIN)
		c->sent = end;
	/* Clients of commands do not half-close: they may be gone then. */
	if (c->sent == end && c->kind->want == THE_PAYLOAD && !c->halved) {
		shutdown(c->fd, SHUT_WR);
		c->halved = true;
	}
}

static void
check_command(struct client *c, const char *buf, size_t len)
{
	struct nailgun_piece p;
	char text[40];
	size_t i;

	snprintf(text, sizeof(text), "number %lu\n", c->number);
	for (;;) {
		switch (nailgun_decode(&c->answer, &buf, &len, &p)) {
		case NAILGUN_MORE:
			return;
		case NAILGUN_WRONG:
			c->wrong = true;
			return;
		case NAILGUN_PIECE:
			break;
		}
		for (i = 0; p.type == NAILGUN_OUTPUT && i < p.len; i++)
			if (c->got >= strlen(text) ||
			    text[c->got++] != p.data[i])
				c->wrong = true;
		if (p.type == NAILGUN_EXIT)
			c->status = nailgun_status(p.data, p.len);
		if (p.type == NAILGUN_EXIT && c->status == 0 &&
		    c->got != strlen(text))
			c->wrong = true;
	}
}

static void
check_bytes(struct client *c, const char *buf, size_t len)
{
	size_t i;

	if (c->kind->want == THE_COMMAND)
		check_command(c, buf, len);
	if (c->kind->want == THE_MESSAGE || c->kind->want == THE_PAYLOAD)
		for (i = 0; i < len; i++, c->got++)
			if (c->kind->want == THE_MESSAGE
				? c->got >= sizeof(REPLY) - 1 ||
				    buf[i] != REPLY[c->got]
				: c->got >= c->payload_len ||
				    buf[i] != payload_byte(c, c->got))
				c->wrong = true;
}

/* Returns false when that was all. */
static bool
receive_some(struct client *c)
{
	char buf[16384];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n > 0) {
		check_bytes(c, buf, (size_t)n);
		return !c->wrong;
	}
	c->clean = n == 0;
	return n == -1 && errno == EAGAIN;
}

/* --- all of them --- */

static void
begin(int epoll, struct client *c, uint64_t seed, unsigned long number,
    bool calm, int64_t now)
{
	*c = (struct client) { .number = number,
		.chance = mix(seed ^ mix(number)),
		.deadline = now + PATIENCE,
		.status = -1,
		.announced = "-",
		.who = "-" };
	c->kind = choose_kind(chance(c, 100), calm);
	c->port = c->kind->port;
	if (c->kind->prepare != NULL)
		c->kind->prepare(c);
	if (open_from(c) == -1)
		err(1, "client %lu", number);
	watch(epoll, c, EPOLL_CTL_ADD, now);
}

/* What time brings: an end, or the next byte of a slow one. */
static void
pass_time(struct client *all, unsigned int *open, int64_t now)
{
	struct client *c;

	for (c = all; c < all + OPEN_MAX_AT_ONCE; c++) {
		if (c->fd == -1)
			continue;
		if (now >= c->deadline ||
		    (c->leaves != 0 && now >= c->leaves)) {
			finish(c);
			(*open)--;
		} else if (c->next != 0 && has_more(c, now)) {
			send_some(c, now);
		}
	}
}

static void
turn(int epoll, unsigned int *open, int64_t now)
{
	struct epoll_event events[64];
	struct client *c;
	int i, n;

	n = epoll_wait(epoll, events, 64, 5);
	for (i = 0; i < n; i++) {
		c = events[i].data.ptr;
		if ((events[i].events & EPOLLOUT) && has_more(c, now))
			send_some(c, now);
		if ((events[i].events & EPOLLIN ||
			events[i].events & (EPOLLERR | EPOLLHUP)) &&
		    !receive_some(c)) {
			finish(c);
			(*open)--;
			continue;
		}
		watch(epoll, c, EPOLL_CTL_MOD, now);
	}
}

static int
load(char **argv)
{
	static struct client all[OPEN_MAX_AT_ONCE];
	uint64_t seed = strtoull(argv[0], NULL, 10);
	unsigned long first = strtoul(argv[1], NULL, 10),
		      n = strtoul(argv[2], NULL, 10), begun = 0;
	int64_t start = clock_now(), now, length = atoi(argv[3]) * SECOND;
	bool calm = strcmp(argv[4], "calm") == 0;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	unsigned int open = 0, i;

	for (i = 0; i < OPEN_MAX_AT_ONCE; i++)
		all[i].fd = -1;
	while (begun < n || open > 0) {
		now = clock_now();
		for (i = 0; i < OPEN_MAX_AT_ONCE && begun < n &&
		     (int64_t)(begun * (uint64_t)length / n) <= now - start;
		     i++) {
			if (all[i].fd != -1)
				continue;
			begin(epoll, &all[i], seed, first + begun, calm, now);
			begun++;
			open++;
		}
		turn(epoll, &open, now);
		pass_time(all, &open, clock_now());
	}
	return ferror(stdout) || fflush(stdout) == EOF;
}

/* --- syslog --- */

static int
be_log(char **argv)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
		.sun_path = "/dev/log" };
	int in = socket(AF_UNIX, SOCK_DGRAM, 0);
	int out = open(argv[0], O_WRONLY | O_CREAT | O_APPEND, 0644);
	char buf[4096];
	ssize_t n;

	/* It is to lose nothing but what it was told to. */
	setpriority(PRIO_PROCESS, 0, -15);
	if (in == -1 || out == -1 ||
	    bind(in, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "log");
	while ((n = recv(in, buf, sizeof(buf) - 1, 0)) >= 0) {
		buf[n++] = '\n';
		if (io_write_all(out, buf, (size_t)n) == -1)
			err(1, "%s", argv[0]);
	}
	err(1, "recv");
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "load") == 0)
		return load(argv + 2);
	if (argc == 3 && strcmp(argv[1], "log") == 0)
		return be_log(argv + 2);
	errx(2,
	    "usage: soak load SEED FIRST N SECONDS all|calm\n"
	    "       soak log FILE");
}
