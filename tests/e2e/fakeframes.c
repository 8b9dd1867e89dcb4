/*
 * fakeframes.c -- what fakeserver does with the frames of commands.
 */

#include "fakeframes.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"

#define PAYLOAD_MAX (128 * 1024)

static char payload[PAYLOAD_MAX + 1];

static void
send_bytes(int fd, char type, const void *data, size_t len)
{
	static char buf[5 + PAYLOAD_MAX];
	uint32_t n = htonl((uint32_t)len);

	memcpy(buf, &n, 4);
	buf[4] = type;
	memcpy(buf + 5, data, len);
	if (io_write_all(fd, buf, 5 + len) == -1)
		err(1, "send frame");
}

static void
read_bytes(int fd, void *buf, size_t len)
{
	char *p = buf;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = io_read(fd, p, len)) <= 0)
			errx(1, "the client closed");
}

/* Returns the type, with the payload and its length set. */
static char
read_frame(int fd, size_t *len)
{
	unsigned char h[5];
	uint32_t n;

	read_bytes(fd, h, sizeof(h));
	memcpy(&n, h, sizeof(n));
	*len = ntohl(n);
	if (*len > PAYLOAD_MAX)
		errx(1, "a frame of %zu bytes", *len);
	read_bytes(fd, payload, *len);
	payload[*len] = '\0';
	return (char)h[4];
}

/* The next one that is not a heartbeat. */
static char
read_telling_frame(int fd, size_t *len)
{
	char type;

	do {
		type = read_frame(fd, len);
	} while (type == 'H');
	return type;
}

void
frame_send(int fd, const char *type, const char *text)
{
	send_bytes(fd, type[0], text, strlen(text));
}

void
frame_send_exit(int fd, const char *status)
{
	frame_send(fd, "X", status);
	shutdown(fd, SHUT_WR);
	while (io_read(fd, payload, sizeof(payload)) > 0)
		;
}

static FILE *
open_file(const char *name, const char *mode)
{
	FILE *f;

	if ((f = fopen(name, mode)) == NULL)
		err(1, "%s", name);
	return f;
}

void
frames_send_file(int fd, const char *type, const char *name)
{
	FILE *f = open_file(name, "r");
	static char buf[65536];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		send_bytes(fd, type[0], buf, n);
	fclose(f);
}

void
frames_save_request(int fd, const char *name)
{
	FILE *f = open_file(name, "w");
	size_t len;
	char type;

	do {
		type = read_frame(fd, &len);
		fprintf(f, "%c %s\n", type, payload);
	} while (type != 'C');
	fclose(f);
}

/* Read a frame of standard input.  Returns false at its end. */
static bool
read_input(int fd, size_t *len)
{
	char type = read_telling_frame(fd, len);

	if (type != '0' && type != '.')
		errx(1, "input: a frame of type %c", type);
	return type == '0';
}

void
frames_save_input(int fd, const char *name)
{
	FILE *f = open_file(name, "w");
	size_t len;

	for (;;) {
		send_bytes(fd, 'S', "", 0);
		if (!read_input(fd, &len))
			break;
		fwrite(payload, 1, len, f);
	}
	fclose(f);
}

void
frames_echo(int fd)
{
	size_t len;

	for (;;) {
		send_bytes(fd, 'S', "", 0);
		if (!read_input(fd, &len))
			break;
		send_bytes(fd, '1', payload, len);
	}
}

void
frames_ask(int fd, const char *count)
{
	int n;

	for (n = atoi(count); n > 0; n--)
		send_bytes(fd, 'S', "", 0);
}

void
frame_expect(int fd, const char *type, const char *text)
{
	size_t len;
	char got = read_telling_frame(fd, &len);

	if (got != type[0] || len != strlen(text) ||
	    memcmp(payload, text, len) != 0)
		errx(1, "expected %s \"%s\", got %c \"%s\"", type, text, got,
		    payload);
}

void
frames_expect_beats(int fd, const char *count)
{
	size_t len;
	char type;
	int n;

	for (n = atoi(count); n > 0; n--)
		if ((type = read_frame(fd, &len)) != 'H' || len != 0)
			errx(1, "no heartbeat: a frame of type %c", type);
}
