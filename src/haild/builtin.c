/*
 * builtin.c -- the services that need no program.
 *
 * An error on the socket ends any of them without a word: it is the client's.
 */

#include "builtin.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "talk.h"

/* RFC 862: send back what comes. */
static void
echo(struct talk *t)
{
	char buf[16384];
	ssize_t n;

	while ((n = talk_read(t, buf, sizeof(buf))) > 0)
		if (talk_write(t, buf, (size_t)n) == -1)
			return;
}

/* RFC 863: throw away what comes. */
static void
discard(struct talk *t)
{
	char buf[16384];

	while (talk_read(t, buf, sizeof(buf)) > 0)
		continue;
}

/* RFC 864: lines of 72 of the 95 printing characters, turning, for ever. */
static void
chargen(struct talk *t)
{
	enum { FIRST = ' ', COUNT = 95, WIDTH = 72, LINE = WIDTH + 2 };
	char lines[COUNT * LINE], waste[4096];
	int i, j;

	for (i = 0; i < COUNT; i++) {
		for (j = 0; j < WIDTH; j++)
			lines[i * LINE + j] = (char)(FIRST + (i + j) % COUNT);
		memcpy(&lines[i * LINE + WIDTH], "\r\n", 2);
	}
	/* What the client sends is thrown away, so that it never fills up. */
	while (talk_write(t, lines, sizeof(lines)) == 0)
		while (recv(t->fd, waste, sizeof(waste), MSG_DONTWAIT) > 0)
			continue;
}

/* RFC 867: the date in one line, in no format that it fixes. */
static void
daytime(struct talk *t)
{
	char line[64];
	time_t now = time(NULL);
	struct tm tm;
	size_t n;

	if (localtime_r(&now, &tm) == NULL)
		return;
	n = strftime(line, sizeof(line), "%a %b %e %H:%M:%S %Y\r\n", &tm);
	talk_write(t, line, n);
}

/* RFC 868: seconds since 1900 as 32 bits, the most significant byte first. */
static void
rfc868_time(struct talk *t)
{
	uint32_t since_1900 = htonl((uint32_t)(time(NULL) + 2208988800));

	talk_write(t, &since_1900, sizeof(since_1900));
}

static const struct {
	const char *name;
	builtin_fn *fn;
} builtins[] = {
	{ "chargen", chargen },
	{ "daytime", daytime },
	{ "discard", discard },
	{ "echo", echo },
	{ "time", rfc868_time },
};

#define NBUILTINS (sizeof(builtins) / sizeof(builtins[0]))

builtin_fn *
builtin_find(const char *name)
{
	size_t i;

	for (i = 0; i < NBUILTINS; i++)
		if (strcmp(builtins[i].name, name) == 0)
			return builtins[i].fn;
	return NULL;
}

const char *
builtin_list(char *buf, size_t size)
{
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < NBUILTINS; i++) {
		if (i > 0)
			strlcat(buf, ", ", size);
		strlcat(buf, builtins[i].name, size);
	}
	return buf;
}

void
builtin_message(struct talk *t, const char *text)
{
	talk_write(t, text, strlen(text));
}
