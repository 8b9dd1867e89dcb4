#include "session/builtin.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "lib/io.h"

/* --- reads and writes that a slow client cannot hold up --- */

/* Wait for EVENT.  Returns 0, or -1 with errno. */
static int
wait_for(struct timed_io *t, short event)
{
	int64_t deadline = t->idle == -1 ? -1 : clock_now() + t->idle;
	int found;

	if (event == POLLIN && !t->started)
		deadline = t->start;
	found = io_wait(t->fd, event, deadline);
	if (found == 0) {
		t->late = event == POLLIN && !t->started ? TIMED_LATE_START
							 : TIMED_LATE_IDLE;
		errno = ETIMEDOUT;
	}
	return found > 0 ? 0 : -1;
}

/*
 * Read once, waiting for the first byte or the next.  Returns bytes, 0 at the
 * end, -1 with errno: ETIMEDOUT when the client took too long.
 */
static ssize_t
timed_read(struct timed_io *t, void *buf, size_t size)
{
	ssize_t n;

	while ((n = recv(t->fd, buf, size, MSG_DONTWAIT)) == -1 &&
	    io_is_temporary(errno))
		if (wait_for(t, POLLIN) == -1)
			return -1;
	t->started = true;
	return n;
}

/* Write all of BUF, each byte of which may take t->idle.  Returns 0, or -1. */
static int
timed_write(struct timed_io *t, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len > 0) {
		n = send(t->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (!io_is_temporary(errno) ||
		    wait_for(t, POLLOUT) == -1)
			return -1;
	}
	return 0;
}

void
builtin_message(struct timed_io *t, const char *text)
{
	timed_write(t, text, strlen(text));
}

/* --- over TCP --- */

/*
 * Not on the stack, which would then take one more page in each session that
 * waits for its client.
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

/* RFC 863: discard what comes. */
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

/*
 * RFC 864: lines of 72 of the 95 printing characters, each line beginning with
 * the next character, for ever.
 */
static void
chargen(struct timed_io *t)
{
	char lines[CHARGEN_COUNT * CHARGEN_LINE], waste[4096];
	char *line = lines;
	int i;

	for (i = 0; i < CHARGEN_COUNT; i++, line += CHARGEN_LINE)
		chargen_line(line, i);
	/*
	 * Discard the client's bytes, so that it is never blocked; no more at a
	 * time than are sent, or a client that sends for ever and does not read
	 * would never be idle.
	 */
	while (timed_write(t, lines, sizeof(lines)) == 0)
		for (i = 0; i < 2; i++)
			if (recv(t->fd, waste, sizeof(waste), MSG_DONTWAIT) <=
			    0)
				break;
}

/*
 * The answer to HAProxy's agent-check (configuration manual, "agent-check"): a
 * line of words.  The percentage sets the weight of the server; "ready" ends a
 * "drain", in which only clients that must be served by this server come.
 */
static void
health(struct timed_io *t)
{
	char line[32] = "drain\n";

	if (t->health > 0)
		snprintf(line, sizeof(line), "ready %d%%\n", t->health);
	timed_write(t, line, strlen(line));
}

/* --- one answer, over UDP or TCP --- */

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

/* One answer, over TCP and UDP, needs no more than this. */
#define ANSWER_MAX 64

/* RFC 867: the date in one line; the format is free. */
static size_t
daytime(char *buf, size_t in __attribute__((unused)))
{
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL)
		return 0;
	return strftime(buf, ANSWER_MAX, "%a %b %e %H:%M:%S %Y\r\n", &tm);
}

/* RFC 868: seconds since 1900 as 32 bits, the most significant byte first. */
static size_t
rfc868_time(char *buf, size_t in __attribute__((unused)))
{
	uint32_t n = htonl((uint32_t)(time(NULL) + 2208988800));

	memcpy(buf, &n, sizeof(n));
	return sizeof(n);
}

/* --- all of them --- */

static const struct builtin_service builtins[] = {
	[BUILTIN_CHARGEN] = { chargen, chargen_datagram },
	[BUILTIN_DAYTIME] = { NULL, daytime },
	[BUILTIN_DISCARD] = { discard, discard_datagram },
	[BUILTIN_ECHO] = { echo, echo_datagram },
	[BUILTIN_HEALTH] = { health, NULL },
	[BUILTIN_TIME] = { NULL, rfc868_time },
};

const struct builtin_service *
builtin_find(const char *name)
{
	int i = config_find_word(config_builtins, name);

	return i == NBUILTINS ? NULL : &builtins[i];
}

void
builtin_serve(const struct builtin_service *b, struct timed_io *t)
{
	char buf[ANSWER_MAX];

	if (b->serve != NULL)
		b->serve(t);
	else
		timed_write(t, buf, b->answer(buf, 0));
}
