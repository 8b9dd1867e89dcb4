/*
 * fuzz_helper.c -- messages that the linger process and a keeper may send the
 * daemon, in any order, and those that hail-tls may send hail (fuzz_message
 * tests malformed ones).
 *
 * The input: messages, a byte with the sender (1: the keeper, 4: hail-tls) and
 * whether the daemon pings before (2), one with the type, one with the length,
 * and the payload.
 */

#include "tests/fuzz/fuzz.h"

#include <sys/socket.h>

#include <ctype.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/children/linger.h"
#include "haild/children/linger_process.h"
#include "haild/relays/keeper.h"
#include "hail/tls_channel.h"
#include "hail/tls_helper.h"
#include "lib/io.h"
#include "lib/log.h"

#define NOBODY 0x7ffffff0 /* no process has such a number */

/* Replaces kill(2): only the sender of an invalid message may be ended. */
int
kill(pid_t pid, int sig)
{
	(void)sig;
	MUST(pid == NOBODY);
	return 0;
}

static int
open_pair(int *fd)
{
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	*fd = pair[0];
	return pair[1];
}

/* Send the next message; returns how many bytes it took. */
static size_t
send_next(int fd, const uint8_t *data, size_t size)
{
	size_t n = data[2] < size - 3 ? data[2] : size - 3;

	message_send(fd, data[1], data + 3, n, MSG_DONTWAIT);
	return 3 + n;
}

static void
from_linger(struct lingering *l)
{
	struct linger_process *p = &l->processes[LINGER_NOW];
	bool awaited = p->awaited;

	linger_receive(l, LINGER_NOW);
	/* Only an answer to a ping is valid. */
	MUST(p->fd == -1 || (awaited && !p->awaited));
	MUST(p->fd != -1 || p->pid == 0);
}

static void
from_keeper(struct keepers *k)
{
	struct keeper *p = &k->list[KEEPER_NOW];
	struct keeper_relay reply;
	bool ready = p->ready;

	if (keepers_receive(k, KEEPER_NOW, &reply))
		MUST(ready && p->fd != -1);
	else
		MUST(p->fd == -1 || (!ready && p->ready));
}

static void
check_report(const struct tls_report *r)
{
	const char *p;

	MUST(memchr(r->text, '\0', sizeof(r->text)) != NULL);
	for (p = r->text; *p != '\0'; p++)
		MUST(*p == '\n' || !iscntrl((unsigned char)*p));
	MUST(r->pin[0] == '\0' || pin_is_valid(r->pin));
}

/* One message of a hail-tls that then ends: reports are printable. */
static size_t
from_hail_tls(const uint8_t *data, size_t size)
{
	static struct tls_report report;
	struct connection c = { .helper = NOBODY, .sock = -1 };
	uint32_t type;
	size_t n;
	int fd;

	c.status = c.tls_end = HAIL_ENDED;
	fd = open_pair(&c.channel);
	n = send_next(fd, data, size);
	close(fd);
	type = tls_helper_wait(&c, &report, clock_now() + SECOND, "late");
	MUST((type == 0) == (c.status == HAIL_TLS));
	MUST(type <= TLS_ENDED);
	if (type != 0)
		check_report(&report);
	else
		MUST(c.error[0] != '\0');
	close(c.channel);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lingering linger = { .processes = {
					{ .fd = -1 }, { .fd = -1 } } };
	struct linger_process *p = &linger.processes[LINGER_NOW];
	int linger_end, keeper_far;
	struct keepers keepers;
	size_t n;

	log_init("fuzz", 0, LOG_DAEMON, LOG_DEBUG);
	keepers_create(&keepers);
	keepers.list[KEEPER_NOW].pid = NOBODY;
	keepers.list[KEEPER_NOW].number = 1;
	p->pid = NOBODY;
	linger_end = open_pair(&p->fd);
	keeper_far = open_pair(&keepers.list[KEEPER_NOW].fd);
	for (; size >= 3; data += n, size -= n) {
		p->awaited |= (data[0] & 2) != 0 && p->fd != -1;
		if (data[0] & 4)
			n = from_hail_tls(data, size);
		else if (data[0] & 1) {
			n = send_next(keeper_far, data, size);
			if (keepers.list[KEEPER_NOW].fd != -1)
				from_keeper(&keepers);
		} else {
			n = send_next(linger_end, data, size);
			if (p->fd != -1)
				from_linger(&linger);
		}
	}
	close(linger_end);
	close(keeper_far);
	if (p->fd != -1)
		linger_receive(&linger, LINGER_NOW);
	keepers_finish(&keepers);
	MUST(p->fd == -1 && keepers.list[KEEPER_NOW].fd == -1);
	return 0;
}
