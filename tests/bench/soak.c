/*
 * soak.c -- the clients of the soak, and its syslog daemon.
 *
 *	soak load SEED FIRST N SECONDS KINDS	N clients, within SECONDS
 *	soak log FILE [PAUSE_MS]		write the messages to /dev/log
 *						to FILE, a line each
 *
 * The behaviour of a client and its address depend only on SEED and its number.
 * KINDS is "all"; "calm", without clients that are refused; or "good", only
 * clients that behave well.  Each client prints a line when it is done:
 *
 *	KIND normal|odd RESULT ADDRESS:PORT ANNOUNCED
 *
 * RESULT is "full": all bytes of the answer and an orderly end; "short": not
 * all bytes; "wrong": other bytes; "late": neither answer nor end in time;
 * "over": the server closed and owed no answer; "left": the client closed
 * first; "unconnected": the connection was refused, as by a drained service.
 * ANNOUNCED is the client's address in its PROXY header, or "-".
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
#include <time.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/io.h"
#include "lib/nailgun.h"
#include "soak.h"

#define OPEN_MAX_AT_ONCE 400
#define PATIENCE (40 * SECOND)

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
	/* connect(2) chooses the port: bind(2) would run out of ports. */
	setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(c->fd, &from.sa, from.len) == -1)
		return -1;
	c->unconnected = connect(c->fd, &to.sa, to.len) == -1;
	if ((c->unconnected && errno != ECONNREFUSED) ||
	    getsockname(c->fd, &from.sa, &from.len) == -1 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	addr_print(&from, c->who, sizeof(c->who));
	return 0;
}

static const char *
result_of(const struct client *c)
{
	size_t wanted =
	    c->kind->want == THE_TEXT ? strlen(c->kind->text) : c->payload_len;

	if (c->unconnected)
		return "unconnected";
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

/* Returns whether the client has something to send now. */
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

	if (!c->deaf)
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
		    : client_byte(c, at - c->head_len);
		if (c->next != 0)
			break;
	}
	n = send(c->fd, buf, len, MSG_NOSIGNAL);
	if (n > 0)
		c->sent += (size_t)n;
	if (c->next != 0)
		c->next = now + SECOND / 10;
	/* If the server has closed, reading finds it. */
	if (n == -1 && errno != EAGAIN)
		c->sent = end;
	/* Clients of commands do not half-close: that would end the command. */
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
	const char *text = c->kind->text;
	size_t i;

	if (c->kind->want == THE_COMMAND)
		check_command(c, buf, len);
	if (c->kind->want == THE_TEXT || c->kind->want == THE_PAYLOAD)
		for (i = 0; i < len; i++, c->got++)
			if (c->kind->want == THE_TEXT
				? c->got >= strlen(text) ||
				    buf[i] != text[c->got]
				: c->got >= c->payload_len ||
				    buf[i] != client_byte(c, c->got))
				c->wrong = true;
}

/* Returns false at the end. */
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

/* --- all clients --- */

/* Returns whether it has begun; otherwise it is done. */
static bool
begin(int epoll, struct client *c, uint64_t seed, unsigned long number,
    enum choice choice, int64_t now)
{
	client_make(c, seed, number, choice);
	c->deadline = now + PATIENCE;
	if (open_from(c) == -1)
		err(1, "client %lu", number);
	if (c->unconnected) {
		finish(c);
		return false;
	}
	watch(epoll, c, EPOLL_CTL_ADD, now);
	return true;
}

/* Handle a client's time: its end, or the next byte of a slow client. */
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
	enum choice choice = choice_of(argv[4]);
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
			open += begin(
			    epoll, &all[i], seed, first + begun, choice, now);
			begun++;
		}
		turn(epoll, &open, now);
		pass_time(all, &open, clock_now());
	}
	return ferror(stdout) || fflush(stdout) == EOF;
}

/* --- syslog --- */

/*
 * With a pause between two looks at the queue it costs who writes to it no
 * wakeup, so that what is measured is not this.
 */
static int
be_log(const char *file, int pause_ms)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
		.sun_path = "/dev/log" };
	struct timespec pause = { .tv_nsec = pause_ms * 1000000L };
	int in = socket(AF_UNIX, SOCK_DGRAM, 0);
	int out = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);
	static char buf[65536];
	size_t used = 0;
	ssize_t n;

	/* Only the pauses that were asked for may lose messages. */
	setpriority(PRIO_PROCESS, 0, -15);
	if (in == -1 || out == -1 ||
	    bind(in, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "log");
	for (;;) {
		n = recv(in, buf + used, 4095,
		    used > 0 || pause_ms > 0 ? MSG_DONTWAIT : 0);
		if (n >= 0) {
			used += (size_t)n;
			buf[used++] = '\n';
		} else if (errno != EAGAIN)
			err(1, "recv");
		if (n >= 0 && used + 4096 <= sizeof(buf))
			continue;
		if (used > 0 && io_write_all(out, buf, used) == -1)
			err(1, "%s", file);
		if (n == -1 && pause_ms > 0)
			nanosleep(&pause, NULL);
		used = 0;
	}
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "load") == 0)
		return load(argv + 2);
	if ((argc == 3 || argc == 4) && strcmp(argv[1], "log") == 0)
		return be_log(argv[2], argc == 4 ? atoi(argv[3]) : 0);
	errx(2,
	    "usage: soak load SEED FIRST N SECONDS all|calm|good\n"
	    "       soak log FILE [PAUSE_MS]");
}
