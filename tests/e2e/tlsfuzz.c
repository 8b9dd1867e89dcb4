#include "tests/e2e/tlsfuzz.h"

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/tlsclient.h"

#define RECORD_MAX 65536
#define PATIENCE_MS 200 /* for a server that waits for missing bytes */

/* The bytes that a client sends at once: one or more records. */
struct flight {
	unsigned char bytes[RECORD_MAX];
	size_t len;
};

/* One client: the number of the flight that is changed, and the change. */
struct fuzz {
	int fd;
	unsigned int flight, target;
	uint64_t random;
};

/* xorshift64*: the same numbers everywhere for the same seed. */
static uint64_t
next(struct fuzz *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return f->random * 0x2545f4914f6cdd1dULL;
}

static size_t
below(struct fuzz *f, size_t n)
{
	return n == 0 ? 0 : (size_t)(next(f) >> 11) % n;
}

static void
flip_bits(struct fuzz *f, struct flight *w)
{
	size_t n = 1 + below(f, 8);

	while (n-- > 0)
		w->bytes[below(f, w->len)] ^=
		    (unsigned char)(1U << below(f, 8));
}

/* Most lengths and types are near the beginning. */
static void
change_near_beginning(struct fuzz *f, struct flight *w)
{
	size_t most = w->len < 96 ? w->len : 96;

	w->bytes[below(f, most)] = (unsigned char)next(f);
}

/* A 16-bit number that is 0, 1, 65535, or one less or more than it was. */
static void
change_number(struct fuzz *f, struct flight *w)
{
	static const unsigned int edges[] = { 0, 1, 0xffff, 0x4000, 0x4800 };
	size_t at = below(f, w->len - 1), choice = below(f, 7);
	unsigned int value = (unsigned int)w->bytes[at] << 8 | w->bytes[at + 1];

	value = choice < 5 ? edges[choice]
	    : choice == 5  ? value - 1
			   : value + 1;
	w->bytes[at] = (unsigned char)(value >> 8);
	w->bytes[at + 1] = (unsigned char)value;
}

/* The length of the first record. */
static void
change_length(struct fuzz *f, struct flight *w)
{
	w->bytes[3] = (unsigned char)next(f);
	w->bytes[4] = (unsigned char)next(f);
}

static void
change_type(struct fuzz *f, struct flight *w)
{
	w->bytes[0] = (unsigned char)(below(f, 2) ? 20 + below(f, 6) : next(f));
}

static void
cut(struct fuzz *f, struct flight *w)
{
	w->len = below(f, w->len);
}

static void
repeat(struct fuzz *f, struct flight *w)
{
	size_t n = 1 + below(f, 20), len = w->len;

	while (n-- > 0 && w->len + len <= RECORD_MAX) {
		memcpy(w->bytes + w->len, w->bytes, len);
		w->len += len;
	}
}

static void
insert(struct fuzz *f, struct flight *w)
{
	size_t at = below(f, w->len + 1), n = 1 + below(f, 300), i;

	memmove(w->bytes + at + n, w->bytes + at, w->len - at);
	for (i = 0; i < n; i++)
		w->bytes[at + i] = (unsigned char)next(f);
	w->len += n;
}

static void
drop(struct fuzz *f, struct flight *w)
{
	size_t n = 1 + below(f, w->len), at = below(f, w->len - n + 1);

	memmove(w->bytes + at, w->bytes + at + n, w->len - at - n);
	w->len -= n;
}

/* Up to a thousand records without content, of any type, before it. */
static void
prepend_empty(struct fuzz *f, struct flight *w)
{
	const unsigned char type = (unsigned char)(20 + below(f, 5));
	size_t n = 1 + below(f, 1000), i;

	memmove(w->bytes + 5 * n, w->bytes, w->len);
	for (i = 0; i < n; i++)
		memcpy(w->bytes + 5 * i, (unsigned char[]) { type, 3, 3, 0, 0 },
		    5);
	w->len += 5 * n;
}

/* Each byte of the first record in a record of its own. */
static void
split(struct fuzz *f __attribute__((unused)), struct flight *w)
{
	unsigned char copy[2048];
	size_t n = w->len - 5 < sizeof(copy) ? w->len - 5 : sizeof(copy), i;

	memcpy(copy, w->bytes + 5, n);
	for (i = 0; i < n; i++)
		memcpy(w->bytes + 6 * i,
		    (unsigned char[]) { w->bytes[0], 3, 3, 0, 1, copy[i] }, 6);
	w->len = 6 * n;
}

static void
only_noise(struct fuzz *f, struct flight *w)
{
	size_t i;

	w->len = 1 + below(f, 20000);
	for (i = 0; i < w->len; i++)
		w->bytes[i] = (unsigned char)next(f);
}

static void (*const changes[])(struct fuzz *f, struct flight *w) = {
	flip_bits,
	change_near_beginning,
	change_number,
	change_number,
	change_length,
	change_type,
	cut,
	repeat,
	insert,
	drop,
	prepend_empty,
	split,
	only_noise,
};

static ssize_t
push(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	static struct flight w;
	struct fuzz *f = arg;

	if (f->flight++ != f->target || len < 8 || len > RECORD_MAX / 8)
		return send(f->fd, data, len, MSG_NOSIGNAL);
	memcpy(w.bytes, data, len);
	w.len = len;
	changes[below(f, sizeof(changes) / sizeof(changes[0]))](f, &w);
	/* If the server has closed already, the client has not failed. */
	(void)send(f->fd, w.bytes, w.len, MSG_NOSIGNAL);
	return (ssize_t)len;
}

static ssize_t
pull(gnutls_transport_ptr_t arg, void *data, size_t len)
{
	struct fuzz *f = arg;

	return recv(f->fd, data, len, 0);
}

static int
pull_timeout(gnutls_transport_ptr_t arg, unsigned int ms)
{
	struct fuzz *f = arg;

	return gnutls_system_recv_timeout(
	    (gnutls_transport_ptr_t)(intptr_t)f->fd, ms);
}

/* Returns 1 if the handshake was complete. */
static unsigned long
attempt(const char *where, struct fuzz *f)
{
	const struct timeval patience = { 0, PATIENCE_MS * 1000 };
	struct tlsclient c;
	char answer[256];
	int result;

	f->flight = 0;
	f->target = (unsigned int)below(f, 6);
	f->fd = tlsclient_connect(where);
	setsockopt(f->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	tlsclient_session(&c, f->fd);
	gnutls_handshake_set_timeout(c.tls, PATIENCE_MS);
	gnutls_transport_set_ptr(c.tls, f);
	gnutls_transport_set_push_function(c.tls, push);
	gnutls_transport_set_pull_function(c.tls, pull);
	gnutls_transport_set_pull_timeout_function(c.tls, pull_timeout);
	/* Wait only once: a server that waits for more is given up. */
	if ((result = gnutls_handshake(c.tls)) == 0) {
		gnutls_record_send(c.tls, "one\n", 4);
		gnutls_record_send(c.tls, "two\n", 4);
		gnutls_bye(c.tls, GNUTLS_SHUT_WR);
		gnutls_record_recv(c.tls, answer, sizeof(answer));
	}
	tlsclient_drop(&c);
	return result == 0;
}

int
tlsfuzz_run(const char *where, unsigned long seed, unsigned long count)
{
	struct fuzz f = { .random = seed * 2654435761U + 1 };
	unsigned long complete = 0, i;

	printf("# seed %lu\n", seed);
	for (i = 0; i < count; i++)
		complete += attempt(where, &f);
	printf("%lu attempts, %lu handshakes\n", count, complete);
	return 0;
}

/* Keep the bytes instead of sending them. */
static ssize_t
keep(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	struct flight *w = arg;

	if (w->len + len > sizeof(w->bytes)) {
		errno = EIO;
		return -1;
	}
	memcpy(w->bytes + w->len, data, len);
	w->len += len;
	return (ssize_t)len;
}

static ssize_t
nothing_yet(gnutls_transport_ptr_t arg __attribute__((unused)),
    void *data __attribute__((unused)), size_t len __attribute__((unused)))
{
	errno = EAGAIN;
	return -1;
}

/* The first flight of a client. */
static void
make_hello(struct flight *w)
{
	struct tlsclient c;

	tlsclient_session(&c, -1);
	gnutls_transport_set_ptr(c.tls, w);
	gnutls_transport_set_push_function(c.tls, keep);
	gnutls_transport_set_pull_function(c.tls, nothing_yet);
	gnutls_handshake(c.tls);
	gnutls_deinit(c.tls);
	if (w->len == 0)
		errx(2, "no ClientHello was made");
}

void
tlsfuzz_hello(int fd, const char *part)
{
	static struct flight hello;
	size_t len;

	if (strcmp(part, "nothing") == 0)
		return;
	if (hello.len == 0)
		make_hello(&hello);
	len = strcmp(part, "half") == 0 ? hello.len / 2 : hello.len;
	if (send(fd, hello.bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		err(1, "send");
}
