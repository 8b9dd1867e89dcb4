/*
 * fuzz_action.c -- messages that the process of a control request may send the
 * daemon, in any order (fuzz_message tests malformed ones): only a client that
 * may act has an effect, and each gets one answer at most.
 *
 * The input: a byte with flags, the client may act (1) and haild stops (2); and
 * messages, a byte with the type, one with the length, and the payload.  With
 * the highest bit of the length set, zeroes fill the payload up to the length
 * of an action.
 */

#include "tests/fuzz/fuzz.h"

#include <sys/socket.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/control/messages.h"
#include "haild/control_server.h"
#include "lib/io.h"
#include "lib/log.h"

#define NOBODY 0x7ffffff0 /* no process has such a number */
#define SESSIONS 3

/* It listens nowhere. */
static const struct endpoint nowhere;
static const struct service service = { .name = "x",
	.endpoints = &nowhere,
	.handler = HANDLER_EXEC,
	.max_sessions = -1,
	.kill_grace = SECOND };
static const struct config config = { .services = &service, .nservices = 1 };

/* Replaces kill(2): only sessions and the sender may be ended. */
int
kill(pid_t pid, int sig)
{
	(void)sig;
	pid = pid < 0 ? -pid : pid;
	MUST(pid >= NOBODY && pid <= NOBODY + SESSIONS);
	return 0;
}

static struct service_stats *
prepare(struct server *s)
{
	log_init("fuzz", 0, LOG_DAEMON, LOG_EMERG);
	TAILQ_INIT(&s->all_stats);
	control_init(&s->control);
	s->config = s->admission.config = &config;
	MUST(children_create(&s->children) == 0);
	/* There are no listeners, but there is always a list. */
	s->listeners.list = calloc(1, sizeof(*s->listeners.list));
	MUST(s->listeners.list != NULL);
	return service_stats_get(&s->all_stats, "x");
}

static int
open_pair(int type, int *fd)
{
	int pair[2];

	MUST(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) == 0);
	*fd = pair[0];
	return pair[1];
}

/* Send the next message; returns how many bytes it took. */
static size_t
send_next(int fd, const uint8_t *data, size_t size)
{
	uint8_t payload[sizeof(struct control_action)] = { 0 };
	size_t n = data[1] & 0x7f;

	if (n > size - 2)
		n = size - 2;
	memcpy(payload, data + 2, n < sizeof(payload) ? n : sizeof(payload));
	message_send(fd, data[0], payload, data[1] & 0x80 ? sizeof(payload) : n,
	    MSG_DONTWAIT);
	return 2 + n;
}

static void
check_answer(int peer)
{
	static char text[65536];
	ssize_t n = recv(peer, text, sizeof(text) - 1, MSG_DONTWAIT), i;
	unsigned int results = 0;
	char *at = text;

	text[n > 0 ? n : 0] = '\0';
	for (i = 0; i < n; i++)
		MUST(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	for (; (at = strstr(at, "\nresult ")) != NULL; at++)
		results++;
	MUST(results == (n > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server s;
	static struct service_stats *stats;
	struct control_process *p = &s.control.processes[0];
	const struct client client = { .fd = -1 };
	struct child *sessions[SESSIONS];
	int far, peer, i;
	size_t n;

	if (size == 0)
		return 0;
	if (stats == NULL)
		MUST((stats = prepare(&s)) != NULL);
	for (i = 0; i < SESSIONS; i++) {
		sessions[i] = children_reserve(&s.children, &service, stats,
		    &client, &(struct source_refs) { { 0, 0 } }, SECOND);
		MUST(sessions[i] != NULL);
		children_started(&s.children, sessions[i], NOBODY + 1 + i, -1);
	}
	memset(p, 0, sizeof(*p));
	p->pid = NOBODY;
	p->acts = data[0] & 1;
	far = open_pair(SOCK_SEQPACKET, &p->channel);
	peer = open_pair(SOCK_STREAM, &p->client);
	/* A reload is in progress: another one is only noted. */
	s.loading = LOAD_RELOAD;
	s.stopping = data[0] & 2;
	for (data++, size--; size >= 2; data += n, size -= n) {
		n = send_next(far, data, size);
		control_server_receive(&s, 0, 2 * SECOND);
	}
	for (i = 0; i < SESSIONS; i++)
		MUST(p->acts || sessions[i]->ending == OUTCOME_NONE);
	MUST(p->acts ||
	    (s.stops == 0 && !s.upgrade_wanted && !s.load_again &&
		!s.all_drained && s.history.log_level == 0));
	control_server_stopped(&s);
	check_answer(peer);
	if (p->client != -1)
		close(p->client);
	close(p->channel);
	close(far);
	close(peer);
	for (i = 0; i < SESSIONS; i++)
		children_exited(&s.children, sessions[i]);
	MUST(s.children.live == 0 && stats->usage.live == 0);
	s.stops = 0;
	s.upgrade_wanted = s.load_again = s.all_drained = false;
	s.history.log_level = 0;
	log_set_level(LOG_EMERG);
	return 0;
}
