/*
 * fuzz_relay.c -- messages that a relay may send the daemon, in any order.
 *
 * The first byte of the input has flags: the client is a proxy (1), the service
 * accepts names (2), only one name (4), ends truncated sessions (8), and sends
 * a message, so that the relay is the session's process (16).  Then come
 * messages: a byte with the type, one with the length, one with an offset, and
 * the payload.  With the highest bit of the length set, the payload replaces
 * bytes of a valid one, at 32 times the offset.
 */

#include "fuzz.h"

#include <sys/socket.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/relay_server.h"
#include "haild/session_start.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/relay_channel.h"

#define RELAY 0x7ffffff0 /* larger than any process ID */
#define SESSION 0x7ffffff1

static const char *const files[] = { "/identities", NULL };
static const char *const allowed[] = { "web1", NULL };
static struct service service = { .name = "x",
	.handler = HANDLER_EXEC,
	.tls = true,
	.tls_client = TLS_CLIENT_ANY,
	.max_sessions = 9,
	.start_timeout = 10 * SECOND,
	.max_per_source = 1,
	.max_per_identity = -1,
	.source_v4 = 32,
	.source_v6 = 64,
	.kill_grace = SECOND };
static const struct config config = {
	.services = &service, .nservices = 1, .max_per_source = -1
};

/* The process of the session. */
static pid_t
session_pid(void)
{
	return service.handler == HANDLER_MESSAGE ? RELAY : SESSION;
}

/* Replaces the daemon's function, which forks. */
struct refusal
session_start_relayed(struct server *s, const struct service *started,
    struct relay *r, struct child *c, const struct tls_session *tls,
    int64_t now)
{
	(void)now;
	MUST(started == &service && c->handshake);
	MUST(tls_session_check(tls));
	MUST(service.identities != NULL || tls->nnames == 0);
	MUST(service.allow_identity == NULL ||
	    strcmp(tls_session_identity(tls), "web1") == 0);
	children_proved(&s->children, c, started, session_pid());
	relays_serving(&s->relays, r);
	return (struct refusal) { REFUSED_NOT, 0 };
}

void
session_ended(const struct child *c, const char *identity,
    const siginfo_t *info, const struct channel_report *report,
    const struct leaf_account *account, int64_t now)
{
	(void)c, (void)identity, (void)info, (void)report, (void)account;
	(void)now;
}

/* Replaces the function that ends relays and sessions. */
int
kill(pid_t pid, int sig)
{
	(void)sig;
	MUST(
	    pid == RELAY || pid == SESSION || pid == -RELAY || pid == -SESSION);
	return 0;
}

static struct service_stats *
prepare(struct server *s)
{
	log_init("fuzz", 0, LOG_DAEMON, LOG_DEBUG);
	TAILQ_INIT(&s->all_stats);
	keepers_create(&s->keepers);
	s->config = s->admission.config = &config;
	MUST(sources_create(&s->admission.sources) == 0);
	MUST(children_create(&s->children) == 0);
	MUST(relays_create(&s->relays) == 0);
	return service_stats_get(&s->all_stats, service.name);
}

static size_t
fill_valid(uint8_t type, uint8_t *payload)
{
	struct tls_session tls = { .nnames = 1, .names = { "web1" } };
	struct channel_client client = { .known = 1 };
	struct relay_bytes bytes;
	uint32_t number = 1;

	memset(&bytes, 0, sizeof(bytes));
	bytes.in = bytes.out = number;
	MUST(addr_from_numeric(&tls.local, "192.0.2.2", 443) == 0);
	MUST(addr_from_numeric(&client.addr, "192.0.2.3", 4411) == 0);
	if (type == RELAY_PROVED) {
		memcpy(payload, &tls, sizeof(tls));
		return sizeof(tls);
	}
	if (type == RELAY_ANNOUNCE) {
		memcpy(payload, &client, sizeof(client));
		return sizeof(client);
	}
	if (type == RELAY_BYTES) {
		memcpy(payload, &bytes, sizeof(bytes));
		return sizeof(bytes);
	}
	memcpy(payload, &number, sizeof(number));
	return sizeof(number);
}

/* Send the next message.  Returns the number of its bytes. */
static size_t
send_next(int fd, const uint8_t *data, size_t size)
{
	static uint8_t payload[sizeof(struct tls_session) + 256 * 32];
	size_t n = data[1] & 0x7f, len, at = (size_t)data[2] * 32;

	if (n > size - 3)
		n = size - 3;
	len = n;
	if (data[1] & 0x80)
		len = fill_valid(data[0], payload);
	else
		at = 0;
	if (at + n > len)
		at = len >= n ? len - n : 0;
	memcpy(payload + at, data + 3, n);
	message_send(fd, data[0], payload, len, MSG_DONTWAIT);
	return 3 + n;
}

static struct relay *
start_relay(struct server *s, struct child *c, int channel)
{
	struct relay *r = relays_reserve(&s->relays,
	    (uint32_t)(c - s->children.slots), c->serial, 1, channel, SECOND);

	MUST(r != NULL);
	c->relay = relays_index(&s->relays, r) + 1;
	c->handshake = true;
	children_started(&s->children, c, RELAY, 60 * SECOND);
	children_expect(c, 15 * SECOND);
	relays_started(&s->relays, r, RELAY);
	return r;
}

static void
check(const struct child *c, const struct relay *r)
{
	MUST(c->pid == (c->handshake ? RELAY : session_pid()));
	MUST(r->state != RELAY_SERVING || !c->handshake);
	MUST(r->state != RELAY_HANDSHAKE || c->handshake);
	MUST(!c->identified || service.identities != NULL);
	MUST(r->channel != 0 || r->state == RELAY_KILLED);
	MUST(!c->has_bytes ||
	    (c->bytes_in <= INT64_MAX && c->bytes_out <= INT64_MAX));
	MUST(c->ending != OUTCOME_TRUNCATED ||
	    service.on_truncation == TRUNCATION_KILL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server server;
	static struct service_stats *stats;
	const siginfo_t exited = { .si_code = CLD_EXITED };
	struct client client = { 0 };
	struct relay *r;
	static const struct leaf_account account = NO_ACCOUNT;
	struct child *c;
	int pair[2];

	if (size == 0)
		return 0;
	if (stats == NULL)
		MUST((stats = prepare(&server)) != NULL);
	client.proxied = data[0] & 1;
	service.identities = data[0] & 2 ? files : NULL;
	service.allow_identity = data[0] & 4 ? allowed : NULL;
	service.handler = data[0] & 16 ? HANDLER_MESSAGE : HANDLER_EXEC;
	service.on_truncation =
	    data[0] & 8 ? TRUNCATION_KILL : TRUNCATION_CONTINUE;
	MUST(addr_from_numeric(&client.addr, "192.0.2.1", 4411) == 0);
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	c = children_reserve(&server.children, &service, stats, &client,
	    &(struct source_refs) { { 0, 0 } }, SECOND);
	MUST(c != NULL);
	r = start_relay(&server, c, pair[0]);
	for (data++, size--; size >= 3 && r->channel != 0;) {
		size_t n = send_next(pair[1], data, size);

		data += n;
		size -= n;
		relay_last_report(&server, c, 2 * SECOND);
		check(c, r);
	}
	close(pair[1]);
	if (c->handshake)
		relay_handshake_ended(
		    &server, c, &exited, &account, 2 * SECOND);
	else {
		relay_session_ended(&server, c, &exited, 2 * SECOND);
		admit_left(&server.admission, &c->refs, 2 * SECOND);
		MUST(session_pid() == RELAY ||
		    relay_exited(&server, RELAY, &exited));
	}
	children_exited(&server.children, c);
	MUST(server.relays.live == 0 && server.children.live == 0);
	MUST(stats->usage.live == 0);
	return 0;
}
