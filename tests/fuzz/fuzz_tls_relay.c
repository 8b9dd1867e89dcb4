/*
 * fuzz_tls_relay.c -- a relay whose client does anything.
 *
 * The relay is the real one, from relay_run to its exit, without confinement.
 * Its calls of poll(2) run the other sides: the program, the daemon, the
 * signer, and a GnuTLS client whose records the input changes.  Time passes
 * only at steps of the input, and random numbers come from a seed, so each
 * input is reproducible.
 *
 * The input: three bytes with the options of client and service, and then
 * steps: a byte with the step, one with a number, and bytes if the step takes
 * some.  The highest bit of a step: the relay does not run before the next one.
 * When the input is over, all sides close.
 */

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_tls.h"

#include <sys/mman.h>

#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "contain/confine.h"
#include "tls/pin.h"
#include "tls/relay.h"
#include "tls/server/signer_keys.h"
#include "tls/signer_channel.h"

#define POLLS_MAX 20000 /* of one input: more is a loop */
#define FDS_MAX 64
#define HANDSHAKE_TIME (10 * SECOND)

enum step {
	PASS,	      /* all records of the client that are there */
	PASS_RECORDS, /* n of them */
	PASS_BYTES,   /* n bytes of them */
	FLIP,	      /* a bit of the first record */
	DROP,	      /* the first record */
	REPEAT,	      /* the first record */
	SWAP,	      /* the first two records */
	CUT,	      /* the last n bytes of the first record */
	SPLIT,	      /* the first record into two, if it is not encrypted */
	RAW,	      /* n bytes of the input, before the first record */
	SEND,	      /* n * n bytes of data */
	KEY_UPDATE,
	RENEGOTIATE,
	ALERT,
	BYE,
	SHUT,  /* the client's socket, for writing */
	CLOSE, /* that socket: a reset if there are unread bytes */
	READ,  /* the client reads */
	PROGRAM_SEND,
	PROGRAM_READ,
	PROGRAM_SHUT,
	PROGRAM_CLOSE,
	DAEMON_CUT,
	DAEMON_SHUT,
	DAEMON_CLOSE,
	TIME, /* n * 100 ms */
	NSTEPS
};

/* Certificates that a client may have. */
enum own { OWN_NONE, OWN_GOOD, OWN_STRANGE, NOWN };

/* How the signer answers. */
enum signing { SIGN, SIGN_REFUSE, SIGN_GARBAGE, SIGN_NEVER, SIGN_CLOSE };

static struct fuzz_cert authority, server_cert, certs[NOWN];
static char good_pin[IDENTITY_PIN_SIZE];
static gnutls_pcert_st chain;
static struct tls_certificate certificate;
static struct signer_key signer_key;
static gnutls_priority_t priorities[3];
static gnutls_x509_trust_list_t trust;

/* One input. */
static struct {
	const uint8_t *data;
	size_t size;
	bool proxied, busy, wants_pin, clean;
	enum own own;
	enum signing signing;
	struct tls_service service;
	struct relay_start start;

	struct fuzz_client client;
	int channel, signer, stream; /* the ends of daemon, signer, program */
	unsigned int polls, finish;

	bool announced, proved, gone, failed, cut, ended, eof;
	bool stream_shut; /* by the program, or its end was closed */
	/* RELAY_CUT was sent before any other end, and the relay has run since.
	 */
	bool cut_first, cut_taken;
	uint64_t program_sent, program_read;
} now;

static jmp_buf relay_exit;
static bool running;
static bool foreign[FDS_MAX]; /* descriptors that are not of this input */

/* --- what the relay calls --- */

int
confine(const struct confinement *c __attribute__((unused)))
{
	return 0;
}

/* The harness's descriptors are in the same process. */
int
close_range(unsigned int first __attribute__((unused)),
    unsigned int last __attribute__((unused)),
    int flags __attribute__((unused)))
{
	MUST(running);
	return 0;
}

int
confine_relaying(int channel, int signer)
{
	MUST(channel == now.start.channel && signer == now.start.signer);
	return 0;
}

void
setproctitle(const char *format __attribute__((unused)), ...)
{
}

void
_exit(int status)
{
	if (!running)
		for (;;)
			syscall(__NR_exit_group, status);
	running = false;
	fuzz_free_tracked();
	longjmp(relay_exit, 1);
}

/* --- the daemon --- */

static void
close_end(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* With small buffers, so that they are full sometimes. */
static void
open_stream(int pair[2])
{
	const int size = 4096;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	MUST(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) ==
	    0);
	MUST(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) ==
	    0);
}

static void
send_session(void)
{
	int pair[2];

	open_stream(pair);
	MUST(message_send_fds(now.channel, RELAY_SESSION, NULL, 0, &pair[1], 1,
		 MSG_DONTWAIT) == 0);
	close(pair[1]);
	now.stream = pair[0];
}

static void
answer(enum channel_answer what)
{
	uint32_t number = what;

	message_send(
	    now.channel, RELAY_ANSWER, &number, sizeof(number), MSG_DONTWAIT);
}

/* The names must be those of the certificate that the client has. */
static void
check_proved(const struct tls_session *s)
{
	MUST(tls_session_check(s));
	MUST(!now.proved && now.client.tls != NULL);
	MUST(now.service.client != TLS_CLIENT_REQUIRED || s->nnames > 0);
	MUST(s->nnames == 0 || now.own == OWN_GOOD);
	MUST(s->nnames <= 1);
	MUST(s->nnames == 0 || strcmp(s->names[0], "web1") == 0);
	MUST(s->texts[TLS_CLIENT_PIN][0] == '\0' || now.own != OWN_NONE);
}

static void
serve_channel(void)
{
	static union {
		struct tls_session session;
		struct channel_client client;
		struct relay_bytes bytes;
		uint32_t number;
	} u;
	const uint32_t expected = MESSAGE_BIT(RELAY_ANNOUNCE) |
	    MESSAGE_BIT(RELAY_PROXY_FAULT) | MESSAGE_BIT(RELAY_PROVED) |
	    MESSAGE_BIT(RELAY_FAULT) | MESSAGE_BIT(RELAY_GONE) |
	    MESSAGE_BIT(RELAY_BYTES);
	enum message_result result;
	struct message m;

	while (now.channel != -1) {
		result = message_receive(now.channel, relay_kinds, expected, &m,
		    &u, sizeof(u), MSG_DONTWAIT);
		MUST(result != MESSAGE_BAD);
		if (result != MESSAGE_OK)
			return;
		MUST(!now.failed);
		switch ((enum relay_type)m.type) {
		case RELAY_ANNOUNCE:
			MUST(now.proxied && !now.announced && !now.proved);
			now.announced = true;
			answer(now.busy && now.own == OWN_NONE
				? CHANNEL_REFUSED
				: CHANNEL_ADMITTED);
			break;
		case RELAY_PROVED:
			MUST(!now.proxied || now.announced);
			check_proved(&u.session);
			now.proved = true;
			if (now.busy)
				answer(CHANNEL_BUSY);
			else
				send_session();
			break;
		case RELAY_PROXY_FAULT:
			MUST(now.proxied && !now.announced);
			now.failed = true;
			break;
		case RELAY_FAULT:
			MUST(u.number > 0 && u.number < TLS_NFAULTS);
			MUST(!now.proved);
			now.failed = true;
			break;
		case RELAY_GONE:
			MUST(now.proved && !now.gone);
			MUST(u.number > 0 && u.number < RELAY_NGONE);
			now.gone = true;
			break;
		case RELAY_BYTES:
			MUST(u.bytes.in <= now.client.sent);
			MUST(u.bytes.out <= now.program_sent);
			break;
		default:
			MUST(false);
		}
	}
}

static void
serve_signer(void)
{
	unsigned char signature[SIGNER_SIGNATURE_MAX] = { 1 };
	const struct signer_service s = { .keys = &signer_key,
		.nkeys = 1,
		.tls12 = now.service.minimum == TLS_MINIMUM_1_2 };
	struct signer_sign request;
	uint32_t none = 0;
	struct message m;
	int len = 70;

	if (now.signer == -1 || now.signing == SIGN_NEVER ||
	    message_receive(now.signer, signer_kinds, MESSAGE_BIT(SIGNER_SIGN),
		&m, &request, sizeof(request), MSG_DONTWAIT) != MESSAGE_OK)
		return;
	if (now.signing == SIGN)
		MUST((len = signer_keys_sign(&s, &request, signature)) > 0);
	if (now.signing == SIGN_REFUSE)
		message_send(now.signer, SIGNER_REFUSED, &none, sizeof(none),
		    MSG_DONTWAIT);
	else if (now.signing != SIGN_CLOSE)
		message_send(now.signer, SIGNER_SIGNED, signature, (size_t)len,
		    MSG_DONTWAIT);
	close_end(&now.signer);
}

/* --- the program --- */

/*
 * Everything that the client has sent came before a proper end.  The relay may
 * end without this only when the daemon or the program has ended first.
 */
static void
check_end(void)
{
	serve_channel();
	now.eof = true;
	if (now.gone || now.ended || now.cut || now.stream_shut)
		return;
	MUST(now.client.bye && now.program_read == now.client.sent_before_bye);
}

static void
program_read(void)
{
	unsigned char buf[4096];
	ssize_t n = 1, i;

	while (now.stream != -1 && !now.eof && n > 0) {
		n = recv(now.stream, buf, sizeof(buf), MSG_DONTWAIT);
		for (i = 0; i < n; i++)
			MUST(buf[i] == fuzz_byte('c', now.program_read++));
		MUST(now.program_read <= now.client.sent);
		if (n == 0)
			check_end();
	}
}

static void
program_send(size_t n)
{
	unsigned char buf[4096];
	ssize_t sent;
	size_t i, len;

	if (now.program_sent + n > FUZZ_DATA_MAX)
		return;
	for (; now.stream != -1 && n > 0; n -= (size_t)sent) {
		len = n < sizeof(buf) ? n : sizeof(buf);
		for (i = 0; i < len; i++)
			buf[i] = fuzz_byte('s', now.program_sent + i);
		sent = send(now.stream, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		now.program_sent += (uint64_t)sent;
	}
}

/* --- the steps --- */

/* Whether the relay has ended both directions of the stream. */
static bool
stream_is_cut(void)
{
	struct pollfd p = { .fd = now.stream };
	struct timespec none = { 0, 0 };

	return now.stream == -1 ||
	    (syscall(__NR_ppoll, &p, 1, &none, NULL, _NSIG / 8) == 1 &&
		(p.revents & POLLHUP) != 0);
}

/*
 * The program ends, which a session does only when the relay has cut the
 * stream: before that, its end may have been first.
 */
static void
forget_cut(void)
{
	if (!stream_is_cut())
		now.cut_first = now.cut_taken = false;
}

/*
 * What the client decrypts is what the program has sent, and all of it before a
 * close_notify, which does not come if the session was cut.
 */
static void
client_read(void)
{
	struct fuzz_client *c = &now.client;

	if (now.busy)
		fuzz_client_read(c, 'b', now.service.busy_len);
	else
		fuzz_client_read(c, 's', now.program_sent);
	if (c->closed && now.proved && !now.busy)
		MUST(c->received == now.program_sent);
	MUST(!c->closed || !now.cut_taken);
}

/* Steps of an attacker between the client and the relay. */
static void
change_wire(enum step step, size_t n)
{
	struct fuzz_client *c = &now.client;

	switch (step) {
	case FLIP:
		fuzz_wire_flip(c, n);
		break;
	case DROP:
		fuzz_wire_remove(c, 0, fuzz_record(c, 0));
		break;
	case REPEAT:
		fuzz_wire_repeat(c);
		break;
	case SWAP:
		fuzz_wire_swap(c);
		break;
	case CUT:
		fuzz_wire_cut(c, n);
		break;
	case SPLIT:
		fuzz_wire_split(c, n);
		break;
	default:
		n = n < now.size ? n : now.size;
		fuzz_wire_insert(c, 0, now.data, n);
		now.data += n;
		now.size -= n;
	}
}

static void
take_step(enum step step, size_t n)
{
	struct fuzz_client *c = &now.client;

	now.clean &= step == PASS || step == PASS_RECORDS ||
	    step == PASS_BYTES || step == SEND || step == READ ||
	    step == PROGRAM_SEND || step == PROGRAM_READ || step == KEY_UPDATE;
	switch (step) {
	case PASS:
		fuzz_client_step(c);
		fuzz_wire_pass(c, SIZE_MAX);
		break;
	case PASS_RECORDS:
		fuzz_client_step(c);
		while (n-- > 0 && c->used > 0)
			fuzz_wire_pass(c, fuzz_record(c, 0));
		break;
	case PASS_BYTES:
		fuzz_client_step(c);
		fuzz_wire_pass(c, n);
		break;
	case SEND:
		fuzz_client_send(c, n * n);
		break;
	case KEY_UPDATE:
		if (fuzz_client_is_open(c) && !c->is_1_2)
			gnutls_session_key_update(
			    c->tls, n & 1 ? GNUTLS_KU_PEER : 0);
		break;
	case RENEGOTIATE:
		if (fuzz_client_is_open(c) && c->is_1_2)
			gnutls_handshake(c->tls);
		break;
	case ALERT:
		if (c->bye || c->broken)
			break;
		gnutls_alert_send(c->tls,
		    n & 128 ? GNUTLS_AL_FATAL : GNUTLS_AL_WARNING,
		    (gnutls_alert_description_t)(n & 127));
		/* close_notify */
		c->bye = (n & 127) == 0;
		c->sent_before_bye = c->sent;
		break;
	case BYE:
		fuzz_client_bye(c);
		break;
	case SHUT:
		if (c->fd != -1)
			shutdown(c->fd, SHUT_WR);
		break;
	case CLOSE:
		close_end(&c->fd);
		break;
	case READ:
		client_read();
		break;
	case PROGRAM_SEND:
		program_send(n * n);
		break;
	case PROGRAM_READ:
		program_read();
		break;
	case PROGRAM_SHUT:
		now.ended = true;
		forget_cut();
		if (now.stream != -1)
			shutdown(now.stream, n & 1 ? SHUT_WR : SHUT_RDWR);
		break;
	case PROGRAM_CLOSE:
		now.ended = now.stream_shut = true;
		forget_cut();
		close_end(&now.stream);
		break;
	case DAEMON_CUT:
		now.cut = true;
		if (now.channel == -1 || now.stream == -1)
			break;
		message_send(now.channel, RELAY_CUT, NULL, 0, MSG_DONTWAIT);
		now.cut_first = !now.ended && !c->closed;
		break;
	case DAEMON_SHUT:
		now.ended = true;
		if (now.channel != -1)
			shutdown(now.channel, SHUT_WR);
		break;
	case DAEMON_CLOSE:
		now.ended = true;
		serve_channel();
		close_end(&now.channel);
		break;
	case TIME:
		fuzz_time += (int64_t)n * (SECOND / 10);
		break;
	default:
		change_wire(step, n);
	}
}

/* Whether the service must accept the client, if its bytes are unchanged. */
static bool
is_acceptable(void)
{
	const struct tls_service *s = &now.service;
	bool known =
	    now.own == OWN_GOOD && (s->authorities != NULL || now.wants_pin);

	if (now.client.broken || now.signing != SIGN)
		return false;
	if (s->client == TLS_CLIENT_REQUIRED)
		return known;
	return s->client != TLS_CLIENT_OPTIONAL || now.own == OWN_NONE || known;
}

/* Returns whether bytes were passed or read. */
static bool
move_all(void)
{
	struct fuzz_client *c = &now.client;
	size_t used = c->used;
	uint64_t read = now.program_read + c->received;
	bool shaken = c->shaken;

	fuzz_client_step(c);
	fuzz_wire_pass(c, SIZE_MAX);
	program_read();
	client_read();
	return c->used < used || c->shaken != shaken ||
	    now.program_read + c->received > read;
}

/*
 * When the input is over: let the client finish, then end it, and at last end
 * all others.  Returns false if nothing more will happen.
 */
static bool
finish(void)
{
	struct fuzz_client *c = &now.client;

	switch (now.finish++) {
	case 4:
		fuzz_client_bye(c);
		break;
	case 14:
		if (now.clean) {
			MUST(now.proved == is_acceptable());
			MUST(!now.proved || now.busy ||
			    (now.eof &&
				now.program_read == c->sent_before_bye));
		}
		if (!c->broken && c->fd != -1)
			MUST(!now.cut_taken || stream_is_cut());
		now.ended = true;
		forget_cut();
		if (now.stream != -1)
			shutdown(now.stream, SHUT_WR);
		break;
	case 18:
		MUST(!now.clean || !now.proved ||
		    (c->closed &&
			c->received ==
			    (now.busy ? now.service.busy_len
				      : now.program_sent)));
		if (c->fd != -1)
			shutdown(c->fd, SHUT_WR);
		break;
	case 19:
		now.stream_shut = true;
		close_end(&now.stream);
		break;
	case 20:
		serve_channel();
		close_end(&now.channel);
		break;
	case 21:
		close_end(&now.signer);
		close_end(&c->fd);
		break;
	case 22:
		return false;
	default:
		/* Again, as long as something moves. */
		if (move_all())
			now.finish--;
	}
	return true;
}

/* Do the next steps of the input.  Returns false if nothing more will happen.
 */
static bool
go_on(void)
{
	uint8_t step;

	do {
		if (now.size < 2)
			return finish();
		step = now.data[0];
		now.data += 2;
		now.size -= 2;
		take_step((step & 0x7f) % NSTEPS, now.data[-1]);
	} while (step & 0x80);
	return true;
}

int
ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
    const sigset_t *mask)
{
	const struct timespec none = { 0, 0 };
	struct timespec copy = { 0, 0 };
	int64_t deadline = -1;
	long ready;

	(void)mask;
	MUST(running);
	MUST(now.polls++ < POLLS_MAX);
	now.cut_taken = now.cut_first;
	fuzz_track = false;
	if (timeout != NULL)
		deadline =
		    fuzz_time + timeout->tv_sec * SECOND + timeout->tv_nsec;
	for (;;) {
		serve_signer();
		serve_channel();
		copy = none;
		ready = syscall(__NR_ppoll, fds, n, &copy, NULL, _NSIG / 8);
		MUST(ready >= 0);
		if (ready > 0 || (deadline != -1 && fuzz_time >= deadline))
			break;
		if (!go_on()) {
			/* It would wait for ever. */
			MUST(deadline != -1);
			fuzz_time = deadline;
		}
	}
	fuzz_track = true;
	return (int)ready;
}

/* --- one input --- */

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
prepare(void)
{
	static const struct fuzz_spec ca = { "ca", true },
				      server = { "server.example.org", false },
				      web1 = { "web1", false };
	gnutls_pubkey_t key;

	fuzz_random = 1;
	fuzz_cert_make(&authority, &ca, NULL);
	fuzz_cert_make(&server_cert, &server, NULL);
	fuzz_cert_make(&certs[OWN_GOOD], &web1, &authority);
	fuzz_cert_make(&certs[OWN_STRANGE], &web1, NULL);
	MUST(gnutls_pcert_import_x509(&chain, server_cert.crt, 0) == 0);
	certificate = (struct tls_certificate) { .chain = &chain,
		.nchain = 1,
		.leaf = server_cert.crt,
		.algorithm = GNUTLS_PK_ECDSA,
		.bits = 256 };
	signer_key.algorithm = GNUTLS_PK_ECDSA;
	signer_key.curve = GNUTLS_ECC_CURVE_SECP256R1;
	MUST(gnutls_privkey_init(&signer_key.key) == 0);
	MUST(gnutls_privkey_import_x509(signer_key.key, server_cert.key, 0) ==
	    0);
	MUST(tls_priority_make(&priorities[0], TLS_MINIMUM_1_3, NULL) == NULL);
	MUST(tls_priority_make(&priorities[1], TLS_MINIMUM_1_2, NULL) == NULL);
	/* The client must try again: it sends a key for this group. */
	MUST(tls_priority_make(&priorities[2], TLS_MINIMUM_1_3,
		 "-GROUP-X25519:-GROUP-SECP256R1") == NULL);
	MUST(gnutls_x509_trust_list_init(&trust, 0) == 0);
	MUST(gnutls_x509_trust_list_add_cas(trust, &authority.crt, 1, 0) == 1);
	MUST(gnutls_pubkey_init(&key) == 0);
	MUST(gnutls_pubkey_import_x509(key, certs[OWN_GOOD].crt, 0) == 0);
	MUST(tls_pin_key(key, good_pin) == 0);
	gnutls_pubkey_deinit(key);
}

static int
make_identities(void)
{
	int fd = memfd_create("identities", MFD_CLOEXEC);

	MUST(fd != -1);
	dprintf(fd, "# one\nweb1 %s\n", good_pin);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void
set_service(uint8_t a, uint8_t b)
{
	static char name[] = "fuzz", busy[64];
	struct tls_service *s = &now.service;
	size_t i;

	for (i = 0; i < sizeof(busy); i++)
		busy[i] = (char)fuzz_byte('b', i);
	memset(s, 0, sizeof(*s));
	s->name = name;
	s->client = (enum tls_client)(a & 3);
	s->minimum = a & 4 ? TLS_MINIMUM_1_2 : TLS_MINIMUM_1_3;
	s->priority = priorities[a & 4 ? 1 : a & 8 ? 2 : 0];
	s->certificates = &certificate;
	s->ncertificates = 1;
	s->kills = a & 16;
	s->forwards = a & 32;
	now.busy = a & 64;
	now.proxied = a & 128;
	s->busy = busy;
	s->busy_len = b & 16 ? sizeof(busy) : 0;
	s->authorities = b & 1 ? trust : NULL;
	now.wants_pin = b & 2;
	if (b & 4) {
		s->alpn[0].data = (unsigned char *)(uintptr_t) "hail/1";
		s->alpn[0].size = 6;
		s->nalpn = 1;
		s->needs_alpn = b & 8;
	}
	now.signing = (enum signing)((b >> 5) < SIGN_CLOSE ? b >> 5 : 0);
	MUST(gnutls_certificate_allocate_credentials(&s->credentials) == 0);
}

static void
set_start(void)
{
	struct relay_start *r = &now.start;
	int net[2], pair[2], signer[2];

	memset(r, 0, sizeof(*r));
	open_stream(net);
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	MUST(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, signer) == 0);
	now.client.fd = net[0];
	r->fd = net[1];
	now.channel = pair[0];
	r->channel = pair[1];
	now.signer = signer[0];
	r->signer = signer[1];
	now.stream = -1;
	r->service = &now.service;
	r->root = -1;
	r->daemon = getpid();
	r->client.client.proxied = now.proxied;
	r->client.accepted = fuzz_time;
	r->client.deadline = fuzz_time + HANDSHAKE_TIME;
	addr_from_numeric(&r->client.client.addr, "192.0.2.1", 4411);
	addr_from_numeric(&r->local, "192.0.2.2", 443);
	if (now.wants_pin)
		r->identities[r->nidentities++] = make_identities();
	message_send(now.channel, RELAY_GO, NULL, 0, MSG_DONTWAIT);
}

/* Close what the exit of a process would have closed: what it had, and no more.
 */
static void
close_all(void)
{
	int fd, own = 0;

	close_end(&now.client.fd);
	close_end(&now.channel);
	close_end(&now.signer);
	close_end(&now.stream);
	for (fd = 0; fd < FDS_MAX; fd++)
		if (!foreign[fd] && is_open(fd)) {
			own++;
			close(fd);
		}
	/* its socket, the channel, the stream; before it has proved something
	 * also the pair with the signer and the identities, not the stream */
	MUST(own <= 2 + (now.proved ? 1 : 1 + now.wants_pin));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool prepared;
	int fd;

	if (!prepared)
		prepare();
	prepared = true;
	for (fd = 0; fd < FDS_MAX; fd++)
		foreign[fd] = is_open(fd);
	if (size < 3 || size > 4096)
		return 0;
	memset(&now, 0, sizeof(now));
	fuzz_random = 2;
	fuzz_time = 1000 * SECOND;
	now.clean = true;
	now.data = data + 3;
	now.size = size - 3;
	now.own =
	    (enum own)(data[2] & 3) < NOWN ? (enum own)(data[2] & 3) : OWN_NONE;
	set_service(data[0], data[1]);
	set_start();
	fuzz_client_open(&now.client,
	    now.own != OWN_NONE ? &certs[now.own] : NULL, data[2] >> 2);
	running = true;
	fuzz_track = true;
	if (setjmp(relay_exit) == 0)
		relay_run(&now.start);
	serve_channel();
	program_read();
	fuzz_client_close(&now.client);
	gnutls_certificate_free_credentials(now.service.credentials);
	close_all();
	fuzz_time = 0;
	return 0;
}
