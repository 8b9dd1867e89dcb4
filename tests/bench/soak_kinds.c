/*
 * soak_kinds.c -- the kinds of clients of the soak: what they send, and when
 * they close.
 */

#include "soak.h"

#include <stdio.h>
#include <string.h>

#include "lib/io.h"

#define PAYLOAD_MAX 8192

/* --- chance --- */

/* splitmix64: the next state is the last one plus a constant. */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

unsigned int
client_chance(struct client *c, unsigned int n)
{
	c->chance = mix(c->chance);
	return (unsigned int)(c->chance % n);
}

char
client_byte(const struct client *c, size_t at)
{
	return (char)(c->number * 31 + at * 7 + (at >> 8));
}

/* --- what they send --- */

static void
say(struct client *c, const void *data, size_t len)
{
	memcpy(c->head + c->head_len, data, len);
	c->head_len += len;
}

static void
some_payload(struct client *c)
{
	c->payload_len = 1 + client_chance(c, PAYLOAD_MAX);
}

static void
slowly(struct client *c)
{
	c->payload_len = 4 + client_chance(c, 12);
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
	if (client_chance(c, 2) == 0) {
		say(c, v2, sizeof(v2) - 1);
		say(c, a, sizeof(a));
		return;
	}
	snprintf(line, sizeof(line),
	    "PROXY TCP4 10.%u.%u.%u 127.0.0.1 4660 %d\r\n", a[1], a[2], a[3],
	    PROXIED);
	say(c, line, strlen(line));
}

/* Choose one of these, each a string and its length. */
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
	const struct bytes *b = &all[client_chance(c, (unsigned int)n)];

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
	c->payload_len = client_chance(c, 2) * 64;
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

/* Close at once or later, after sending something or not. */
static void
resetting(struct client *c)
{
	c->port = MESSAGE + client_chance(c, CHARGEN - MESSAGE + 1);
	c->resets = true;
	c->leaves = clock_now() +
	    client_chance(c, 2) * client_chance(c, 300) * SECOND / 1000;
	c->payload_len = client_chance(c, 2) * client_chance(c, PAYLOAD_MAX);
}

static void
silent(struct client *c)
{
	static const unsigned int ports[] = { ECHO_BACK, CAT, COMMANDS };

	c->port = ports[client_chance(c, 3)];
}

/* Leave much of the answer unread until the server gives up. */
static void
never_reading(struct client *c)
{
	c->deaf = true;
	c->leaves = clock_now() + 5 * SECOND;
}

static const struct kind kinds[] = {
	{ "message", 230, MESSAGE, THE_TEXT, true, false, REPLY, NULL },
	{ "echo", 130, ECHO_BACK, THE_PAYLOAD, true, false, NULL,
	    some_payload },
	{ "cat", 100, CAT, THE_PAYLOAD, true, false, NULL, some_payload },
	{ "command", 50, COMMANDS, THE_COMMAND, true, false, NULL, command },
	{ "proxied", 50, PROXIED, THE_PAYLOAD, true, true, NULL, proxied },
	{ "forward", 40, FORWARD_FIRST, THE_PAYLOAD, true, false, NULL,
	    some_payload },
	{ "forward-flaky", 20, FORWARD_TURNS, THE_PAYLOAD, false, true, NULL,
	    some_payload },
	{ "reset", 100, 0, NOTHING, false, true, NULL, resetting },
	{ "slow", 40, ECHO_BACK, THE_PAYLOAD, false, false, NULL, slowly },
	{ "silent", 50, 0, NOTHING, false, false, NULL, silent },
	{ "unread", 30, CHARGEN, NOTHING, false, false, NULL, never_reading },
	{ "bad-proxy", 70, PROXIED, NOTHING, false, true, NULL, bad_proxy },
	{ "bad-command", 50, COMMANDS, NOTHING, false, false, NULL,
	    bad_command },
	{ "greedy", 18, MESSAGE, THE_TEXT, false, true, REPLY, NULL },
	{ "denied", 18, MESSAGE, NOTHING, false, true, NULL, NULL },
	{ "bomb-fork", 1, BOMB_FORK, THE_TEXT, false, true, BOUNDED, NULL },
	{ "bomb-memory", 1, BOMB_MEMORY, THE_TEXT, false, true, BOUNDED, NULL },
	{ "bomb-loop", 1, BOMB_LOOP, NOTHING, false, true, NULL, NULL },
	{ "bomb-disk", 1, BOMB_DISK, THE_TEXT, false, true, BOUNDED, NULL },
};

enum choice
choice_of(const char *word)
{
	return strcmp(word, "calm") == 0 ? CALM
	    : strcmp(word, "good") == 0	 ? GOOD_ONLY
					 : ALL;
}

static const struct kind *
choose_kind(unsigned int of_thousand, enum choice choice)
{
	size_t i;

	for (i = 0; of_thousand >= kinds[i].weight; i++)
		of_thousand -= kinds[i].weight;
	if ((choice != ALL && kinds[i].refused) ||
	    (choice == GOOD_ONLY && !kinds[i].normal))
		i = 0;
	return &kinds[i];
}

void
client_init(struct client *c, uint64_t seed, unsigned long number)
{
	*c = (struct client) { .number = number,
		.chance = mix(seed ^ mix(number)),
		.fd = -1,
		.status = -1,
		.announced = "-",
		.who = "-" };
}

void
client_make(
    struct client *c, uint64_t seed, unsigned long number, enum choice choice)
{
	client_init(c, seed, number);
	c->kind = choose_kind(client_chance(c, 1000), choice);
	c->port = c->kind->port;
	if (c->kind->prepare != NULL)
		c->kind->prepare(c);
}
