/*
 * check_relay.c -- one relay, with this process as its daemon and its client.
 *
 * A child with the server's key is the signer; another one is the relay.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/io.h"
#include "tests/unit/tls/peer.h"
#include "tls/pin.h"
#include "tls/relay.h"
#include "tls/signer_channel.h"
#include "tls/server/signer_keys.h"

static const gid_t group = 65534;
static const struct identity nobody = { .name = "nobody",
	.uid = 65534,
	.gid = 65534,
	.groups = &group,
	.ngroups = 1 };

static struct peer_cert server, ca, own;
static gnutls_pcert_st chain;
static struct tls_certificate certificate;
static struct tls_service service;
static struct relay_start start;
static struct peer client;
static int channel, net; /* this process's ends */
static pid_t relay, signer;
static int hellos;
static const char *priority; /* of the server */
static struct tls_session proved;
static int buffers; /* of the sockets; 0: the default */

/* --- the signer --- */

static void __attribute__((noreturn)) run_signer(int fd, bool refuses)
{
	unsigned char signature[SIGNER_SIGNATURE_MAX];
	struct signer_key key = { .algorithm = certificate.algorithm };
	struct signer_service s = { .keys = &key,
		.nkeys = 1,
		.tls12 = service.minimum == TLS_MINIMUM_1_2 };
	struct signer_sign request;
	uint32_t none = 0;
	struct message m;
	int len = -1;

	gnutls_privkey_init(&key.key);
	gnutls_privkey_import_x509(key.key, server.key, 0);
	if (key.algorithm == GNUTLS_PK_ECDSA)
		gnutls_x509_crt_get_pk_ecc_raw(
		    server.crt, &key.curve, NULL, NULL);
	if (message_receive(fd, signer_kinds, MESSAGE_BIT(SIGNER_SIGN), &m,
		&request, sizeof(request), 0) != MESSAGE_OK)
		_exit(1);
	if (!refuses)
		len = signer_keys_sign(&s, &request, signature);
	if (len > 0)
		message_send(fd, SIGNER_SIGNED, signature, (size_t)len, 0);
	else
		message_send(fd, SIGNER_REFUSED, &none, sizeof(none), 0);
	_exit(0);
}

static int
start_signer(bool refuses)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	if ((signer = fork()) == 0) {
		close(pair[0]);
		run_signer(pair[1], refuses);
	}
	close(pair[1]);
	return pair[0];
}

/* --- the relay --- */

static void
set_service(const struct peer_spec *spec)
{
	memset(&service, 0, sizeof(service));
	memset(&certificate, 0, sizeof(certificate));
	peer_cert_make(&server, spec, NULL);
	ck_assert_int_eq(gnutls_pcert_import_x509(&chain, server.crt, 0), 0);
	certificate.chain = &chain;
	certificate.nchain = 1;
	certificate.leaf = server.crt;
	certificate.algorithm =
	    (gnutls_pk_algorithm_t)gnutls_x509_crt_get_pk_algorithm(
		server.crt, &certificate.bits);
	service.name = (char *)(uintptr_t) "test";
	service.certificates = &certificate;
	service.ncertificates = 1;
}

static void
free_server(void)
{
	gnutls_pcert_deinit(&chain);
	peer_cert_free(&server);
}

static void
set_defaults(void)
{
	static const struct peer_spec spec = { .cn = "server",
		.dns = "server.example.org" };

	memset(&start, 0, sizeof(start));
	start.client.deadline = clock_now() + 600 * SECOND;
	set_service(&spec);
}

static void
run_with(bool refuses)
{
	int sockets[2], pair[2], daemon = getpid();
	socklen_t len = sizeof(start.local) - offsetof(struct addr, sa);

	ck_assert_ptr_null(
	    tls_priority_make(&service.priority, service.minimum, priority));
	gnutls_certificate_allocate_credentials(&service.credentials);
	start.signer = start_signer(refuses);
	peer_tcp_pair(sockets);
	if (buffers != 0) {
		setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUF, &buffers,
		    sizeof(buffers));
		setsockopt(sockets[1], SOL_SOCKET, SO_RCVBUF, &buffers,
		    sizeof(buffers));
	}
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	net = sockets[1];
	channel = pair[0];
	start.service = &service;
	start.fd = sockets[0];
	start.channel = pair[1];
	start.root = geteuid() == 0 ? confine_open_root() : -1;
	start.user = geteuid() == 0 ? &nobody : NULL;
	start.daemon = daemon;
	getsockname(start.fd, &start.local.sa, &len);
	start.local.len = len;
	if ((relay = fork()) == 0) {
		close(net);
		close(channel);
		relay_run(&start);
	}
	close(sockets[0]);
	close(pair[1]);
	close(start.signer);
	ck_assert_int_eq(message_send(channel, RELAY_GO, NULL, 0, 0), 0);
}

static void
run(void)
{
	run_with(false);
}

static void
receive(uint32_t type, void *payload, size_t size)
{
	struct message m;

	ck_assert_int_eq(message_receive(channel, relay_kinds,
			     MESSAGE_BIT(type), &m, payload, size, 0),
	    MESSAGE_OK);
}

static void
fails_with(enum tls_fault want)
{
	uint32_t fault;

	receive(RELAY_FAULT, &fault, sizeof(fault));
	ck_assert_str_eq(tls_words(fault), tls_words(want));
}

static void
is_proved(void)
{
	receive(RELAY_PROVED, &proved, sizeof(proved));
	ck_assert(tls_session_check(&proved));
}

static void
answer(uint32_t how)
{
	message_send(channel, RELAY_ANSWER, &how, sizeof(how), 0);
}

/* Begin the session; returns the stream's other end. */
static int
begin_session(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	message_send_fds(channel, RELAY_SESSION, NULL, 0, &pair[1], 1, 0);
	close(pair[1]);
	return pair[0];
}

static void
relay_ended(void)
{
	int status = unit_wait(relay);

	ck_assert_msg(WIFEXITED(status), "signal %d", WTERMSIG(status));
	close(channel);
	close(net);
	kill(signer, SIGKILL);
	unit_wait(signer);
	gnutls_priority_deinit(service.priority);
	gnutls_certificate_free_credentials(service.credentials);
	free_server();
}

/* --- the client --- */

static void
connect_with(const struct peer_cert *cert, const char *wanted)
{
	peer_init(&client, GNUTLS_CLIENT, net, cert, wanted);
	gnutls_server_name_set(
	    client.tls, GNUTLS_NAME_DNS, "server.example.org", 18);
}

/* Returns 0, or GnuTLS's error. */
static int
shake(void)
{
	int n;

	while ((n = gnutls_handshake(client.tls)) != 0) {
		if (gnutls_error_is_fatal(n))
			return n;
		if (n == GNUTLS_E_AGAIN && client.link.ended)
			return GNUTLS_E_PREMATURE_TERMINATION;
		if (n == GNUTLS_E_AGAIN)
			io_wait(net, POLLIN, -1);
	}
	return 0;
}

/* In TLS 1.3 a client learns only now that its certificate is refused. */
static void
client_gets_alert(int alert)
{
	int n = shake();
	char c;

	if (n == 0)
		n = (int)peer_receive(&client, &c, 1);
	ck_assert_str_eq(
	    gnutls_strerror(n), gnutls_strerror(GNUTLS_E_FATAL_ALERT_RECEIVED));
	ck_assert_int_eq(gnutls_alert_get(client.tls), alert);
	/* And then the end, not a reset. */
	ck_assert_int_eq(recv(net, &c, 1, 0), 0);
	peer_free(&client);
}

static void
echoes(int stream, const char *text)
{
	char buf[64];
	size_t len = strlen(text);

	peer_send(&client, text, len);
	ck_assert_int_eq(io_read(stream, buf, sizeof(buf)), (ssize_t)len);
	ck_assert_int_eq(io_write_all(stream, buf, len), 0);
	ck_assert_int_eq(peer_receive(&client, buf, sizeof(buf)), (ssize_t)len);
	ck_assert_int_eq(memcmp(buf, text, len), 0);
}

/* A whole session; what was reported is in proved. */
static void
serves(void)
{
	char c;
	int stream;

	ck_assert_str_eq(gnutls_strerror(shake()), gnutls_strerror(0));
	is_proved();
	stream = begin_session();
	echoes(stream, "hello");
	close(stream);
	ck_assert_int_eq(peer_receive(&client, &c, 1), 0);
	gnutls_bye(client.tls, GNUTLS_SHUT_WR);
	relay_ended();
	peer_free(&client);
}

/* --- sessions --- */

START_TEST(a_session)
{
	set_defaults();
	run();
	connect_with(NULL, "NORMAL");
	serves();
	ck_assert_int_eq(proved.nnames, 0);
	ck_assert_str_eq(proved.texts[TLS_PROTOCOL_NAME], "TLSv1.3");
	ck_assert_str_eq(
	    proved.texts[TLS_CIPHER_NAME], "TLS_AES_256_GCM_SHA384");
	ck_assert_str_eq(proved.texts[TLS_SERVER_NAME], "server.example.org");
	ck_assert_str_eq(proved.texts[TLS_CLIENT_VERIFY], "NONE");
	ck_assert_str_eq(proved.texts[TLS_CLIENT_PIN], "");
	ck_assert(addr_equal(&proved.local, &start.local));
}
END_TEST

/* The server's flight is larger than the buffer of a link, or than both. */
START_TEST(a_long_chain)
{
	gnutls_pcert_st many[120];
	size_t i;

	set_defaults();
	for (i = 0; i < COUNT(many); i++)
		many[i] = chain;
	certificate.chain = many;
	certificate.nchain = COUNT(many);
	ck_assert_uint_gt(chain.cert.size * COUNT(many), 2 * LINK_SIZE);
	buffers = _i == 0 ? 0 : 4096;
	run();
	connect_with(NULL, "NORMAL");
	serves();
}
END_TEST

static int
count_hello(gnutls_session_t tls, unsigned int type, unsigned int when,
    unsigned int incoming, const gnutls_datum_t *message)
{
	(void)tls, (void)when, (void)incoming, (void)message;
	hellos += type == GNUTLS_HANDSHAKE_CLIENT_HELLO;
	return 0;
}

/* The hash of the transcript begins again, RFC 8446, 4.4.1. */
START_TEST(a_second_hello)
{
	set_defaults();
	priority = "-GROUP-SECP521R1";
	run();
	peer_init(&client, GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP, net, NULL,
	    "NORMAL:-GROUP-ALL:+GROUP-SECP521R1:+GROUP-X25519");
	gnutls_handshake_set_hook_function(
	    client.tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, count_hello);
	serves();
	ck_assert_int_eq(hellos, 2);
}
END_TEST

static const struct {
	const char *what;
	struct peer_spec spec;
} keys[] = {
	{ "ECDSA", { .cn = "s" } },
	{ "P-384",
	    { .cn = "s",
		.bits = (unsigned int)GNUTLS_CURVE_TO_BITS(
		    GNUTLS_ECC_CURVE_SECP384R1),
		.digest = GNUTLS_DIG_SHA384 } },
	{ "RSA", { .cn = "s", .type = GNUTLS_PK_RSA, .bits = 2048 } },
	{ "Ed25519",
	    { .cn = "s",
		.type = GNUTLS_PK_EDDSA_ED25519,
		.bits = (unsigned int)GNUTLS_CURVE_TO_BITS(
		    GNUTLS_ECC_CURVE_ED25519),
		.digest = GNUTLS_DIG_SHA512 } },
};

static const struct {
	const char *priority, *protocol;
} versions[] = {
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM", "TLSv1.3" },
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM", "TLSv1.3" },
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLSv1.2" },
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-RSA-SHA256:+SIGN-"
	  "ECDSA-SHA384:+SIGN-EdDSA-Ed25519:+SIGN-ECDSA-SHA256",
	    "TLSv1.2" },
};

START_TEST(keys_and_versions)
{
	size_t version = (size_t)_i % COUNT(versions),
	       key = (size_t)_i / COUNT(versions);

	set_defaults();
	free_server();
	set_service(&keys[key].spec);
	service.minimum = TLS_MINIMUM_1_2;
	run();
	connect_with(NULL, versions[version].priority);
	serves();
	ck_assert_str_eq(
	    proved.texts[TLS_PROTOCOL_NAME], versions[version].protocol);
}
END_TEST

START_TEST(behind_a_proxy)
{
	static const char header[] =
	    "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n";
	struct channel_client announced;
	char text[ADDR_TEXT_MAX];

	set_defaults();
	start.client.client.proxied = true;
	start.client.accepted = clock_now();
	run();
	io_write_all(net, header, sizeof(header) - 1);
	receive(RELAY_ANNOUNCE, &announced, sizeof(announced));
	ck_assert_int_eq((int)announced.known, 1);
	ck_assert_str_eq(
	    addr_print(&announced.addr, text, sizeof(text)), "192.0.2.7:4711");
	answer(CHANNEL_ADMITTED);
	connect_with(NULL, "NORMAL");
	serves();
	ck_assert_str_eq(
	    addr_print(&proved.local, text, sizeof(text)), "198.51.100.1:443");
	ck_assert_uint_eq(proved.preamble, PROXY_TCP);
}
END_TEST

static const struct {
	const char *header;
	size_t len;
	uint32_t known;
	enum proxy_kind kind;
} unknown_clients[] = {
	{ "PROXY UNKNOWN\r\n", 15, 1, PROXY_UNKNOWN },
	{ "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16, 0, PROXY_LOCAL },
};

/* The session's process learns that the address is the proxy's. */
START_TEST(a_proxy_without_a_client)
{
	struct channel_client announced;

	set_defaults();
	start.client.client.proxied = true;
	start.client.accepted = clock_now();
	run();
	io_write_all(net, unknown_clients[_i].header, unknown_clients[_i].len);
	receive(RELAY_ANNOUNCE, &announced, sizeof(announced));
	ck_assert_uint_eq(announced.known, unknown_clients[_i].known);
	answer(CHANNEL_ADMITTED);
	connect_with(NULL, "NORMAL");
	serves();
	ck_assert_uint_eq(proved.preamble, unknown_clients[_i].kind);
}
END_TEST

START_TEST(refused_behind_a_proxy)
{
	static const char header[] =
	    "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n";
	struct channel_client announced;

	set_defaults();
	start.client.client.proxied = true;
	start.client.accepted = clock_now();
	run();
	io_write_all(net, header, sizeof(header) - 1);
	receive(RELAY_ANNOUNCE, &announced, sizeof(announced));
	answer(CHANNEL_REFUSED);
	connect_with(NULL, "NORMAL");
	client_gets_alert(GNUTLS_A_ACCESS_DENIED);
	relay_ended();
}
END_TEST

START_TEST(not_a_proxy)
{
	uint32_t fault;

	set_defaults();
	start.client.client.proxied = true;
	start.client.accepted = clock_now();
	run();
	io_write_all(net, "GET / HTTP/1.0\r\n\r\n", 18);
	receive(RELAY_PROXY_FAULT, &fault, sizeof(fault));
	ck_assert_int_eq((int)fault, PROXY_NONE);
	relay_ended();
}
END_TEST

/* --- refused sessions --- */

START_TEST(busy)
{
	char buf[64];

	set_defaults();
	service.busy = (char *)(uintptr_t) "too busy\n";
	service.busy_len = 9;
	run();
	connect_with(NULL, "NORMAL");
	ck_assert_int_eq(shake(), 0);
	is_proved();
	answer(CHANNEL_BUSY);
	ck_assert_int_eq(peer_receive(&client, buf, sizeof(buf)), 9);
	ck_assert_int_eq(peer_receive(&client, buf, sizeof(buf)), 0);
	relay_ended();
	peer_free(&client);
}
END_TEST

START_TEST(refused)
{
	set_defaults();
	run();
	connect_with(NULL, "NORMAL");
	ck_assert_int_eq(shake(), 0);
	is_proved();
	answer(CHANNEL_REFUSED);
	client_gets_alert(GNUTLS_A_ACCESS_DENIED);
	relay_ended();
}
END_TEST

/* --- handshakes that fail --- */

static const struct {
	const char *what, *sent;
} garbage[] = {
	{ "HTTP", "GET / HTTP/1.0\r\n\r\n" },
	{ "SSH", "SSH-2.0-OpenSSH_9.2\r\n" },
	{ "one byte", "x" },
	{ "another second byte", "\x16garbage" },
};

START_TEST(not_tls)
{
	unsigned char alert[16];

	set_defaults();
	run();
	io_write_all(net, garbage[_i].sent, strlen(garbage[_i].sent));
	fails_with(TLS_NOT_TLS);
	ck_assert_int_eq(recv(net, alert, sizeof(alert), 0), 7);
	ck_assert_int_eq(alert[0], 21);
	ck_assert_int_eq(alert[6], GNUTLS_A_UNEXPECTED_MESSAGE);
	ck_assert_int_eq(recv(net, alert, sizeof(alert), 0), 0);
	relay_ended();
}
END_TEST

START_TEST(closed_before_the_first_byte)
{
	set_defaults();
	run();
	shutdown(net, SHUT_WR);
	fails_with(TLS_UNUSED);
	relay_ended();
}
END_TEST

START_TEST(closed_within_the_hello)
{
	set_defaults();
	run();
	io_write_all(net, "\x16\x03\x01\x01\x00\x01", 6);
	shutdown(net, SHUT_WR);
	fails_with(TLS_CLOSED);
	relay_ended();
}
END_TEST

/* The deadline is for the whole handshake, not for each byte. */
START_TEST(too_slow)
{
	static const char hello[] = "\x16\x03\x01\x01\x00\x01";
	struct pollfd reported;
	size_t i = 0;

	set_defaults();
	start.client.deadline = clock_now() + SECOND / 2;
	run();
	do {
		if (i < sizeof(hello) - 1)
			io_write_all(net, hello + i++, 1);
		reported = (struct pollfd) { .fd = channel, .events = POLLIN };
	} while (io_poll(&reported, 1, clock_now() + SECOND / 10) == 0);
	fails_with(TLS_LATE);
	relay_ended();
}
END_TEST

START_TEST(no_common_version)
{
	set_defaults();
	run();
	connect_with(NULL, "NORMAL:-VERS-ALL:+VERS-TLS1.2");
	client_gets_alert(GNUTLS_A_PROTOCOL_VERSION);
	fails_with(TLS_VERSION);
	relay_ended();
}
END_TEST

START_TEST(no_common_signature)
{
	set_defaults();
	run();
	connect_with(NULL, "NORMAL:-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256");
	client_gets_alert(GNUTLS_A_HANDSHAKE_FAILURE);
	fails_with(TLS_CIPHER);
	relay_ended();
}
END_TEST

/* --- what comes from the client is changed on its way --- */

/* A ChangeCipherSpec, which says nothing in TLS 1.3, is the second. */
enum { HELLO, CERTIFICATE = 2, CERTIFICATE_VERIFY, FINISHED };
static const int records[] = { HELLO, CERTIFICATE, CERTIFICATE_VERIFY,
	FINISHED };
static int pushes, changed;

static ssize_t
push_changed(gnutls_transport_ptr_t ptr, const void *data, size_t len)
{
	unsigned char copy[LINK_SIZE];

	(void)ptr;
	ck_assert_uint_le(len, sizeof(copy));
	memcpy(copy, data, len);
	if (pushes++ == changed)
		copy[len - 1] ^= 1;
	return send(net, copy, len, MSG_NOSIGNAL);
}

/* Its last byte. */
START_TEST(changed_on_its_way)
{
	static const struct peer_spec spec = { .cn = "some key" };
	uint32_t fault;

	set_defaults();
	service.client = TLS_CLIENT_ANY;
	peer_cert_make(&own, &spec, NULL);
	run();
	connect_with(&own, "NORMAL");
	pushes = 0;
	changed = records[_i];
	gnutls_transport_set_push_function(client.tls, push_changed);
	ck_assert_int_ne(
	    shake() == 0 ? (int)peer_receive(&client, &fault, 1) : 1, 0);
	/* Where the client itself finds the fault, it says nothing. */
	shutdown(net, SHUT_WR);
	receive(RELAY_FAULT, &fault, sizeof(fault));
	ck_assert_msg(fault == TLS_PROTOCOL || fault == TLS_ALERT ||
		fault == TLS_CIPHER || fault == TLS_CLOSED,
	    "%s", tls_words(fault));
	relay_ended();
	peer_free(&client);
	peer_cert_free(&own);
}
END_TEST

static const gnutls_datum_t offered = { (unsigned char *)(uintptr_t) "h2", 2 };

START_TEST(no_common_protocol)
{
	set_defaults();
	service.alpn[0] =
	    (gnutls_datum_t) { (unsigned char *)(uintptr_t) "hail", 4 };
	service.nalpn = 1;
	service.needs_alpn = true;
	run();
	connect_with(NULL, "NORMAL");
	gnutls_alpn_set_protocols(client.tls, &offered, 1, 0);
	client_gets_alert(GNUTLS_A_NO_APPLICATION_PROTOCOL);
	fails_with(TLS_ALPN);
	relay_ended();
}
END_TEST

START_TEST(a_common_protocol)
{
	set_defaults();
	service.alpn[0] = offered;
	service.nalpn = 1;
	run();
	connect_with(NULL, "NORMAL");
	gnutls_alpn_set_protocols(client.tls, &offered, 1, 0);
	serves();
	ck_assert_str_eq(proved.texts[TLS_ALPN_NAME], "h2");
}
END_TEST

START_TEST(the_signer_refuses)
{
	set_defaults();
	run_with(true);
	connect_with(NULL, "NORMAL");
	client_gets_alert(GNUTLS_A_INTERNAL_ERROR);
	fails_with(TLS_SIGNER);
	relay_ended();
}
END_TEST

START_TEST(the_client_sends_an_alert)
{
	set_defaults();
	run();
	io_write_all(net, "\x16\x03", 2);
	io_write_all(net, "\x01\x00\x01\x01", 4);
	io_write_all(net, "\x15\x03\x03\x00\x02\x02\x2e", 7);
	fails_with(TLS_ALERT);
	relay_ended();
}
END_TEST

/* --- clients with certificates --- */

static void
write_identities(const char *path, const char *name, gnutls_x509_crt_t crt)
{
	char pin[IDENTITY_PIN_SIZE], line[400];
	gnutls_pubkey_t key;

	gnutls_pubkey_init(&key);
	gnutls_pubkey_import_x509(key, crt, 0);
	ck_assert_int_eq(tls_pin_key(key, pin), 0);
	gnutls_pubkey_deinit(key);
	snprintf(line, sizeof(line), "# keys\n%s %s\n", name, pin);
	unit_write_file(path, line);
}

static void
set_identities(const char *path)
{
	start.identities[start.nidentities++] =
	    open(path, O_RDONLY | O_CLOEXEC);
}

START_TEST(known_by_pin)
{
	static const struct peer_spec spec = { .cn = "some key" };

	set_defaults();
	service.client = TLS_CLIENT_REQUIRED;
	peer_cert_make(&own, &spec, NULL);
	write_identities("identities", "web1", own.crt);
	set_identities("identities");
	run();
	connect_with(&own, "NORMAL");
	serves();
	ck_assert_int_eq(proved.nnames, 1);
	ck_assert_str_eq(proved.names[0], "web1");
	ck_assert_str_eq(proved.texts[TLS_CLIENT_VERIFY], "SUCCESS");
	ck_assert_str_eq(proved.texts[TLS_CERT_SUBJECT], "/CN=some key");
	ck_assert_str_eq(proved.texts[TLS_CLIENT_DN], "CN=some key");
	ck_assert_str_eq(proved.texts[TLS_CLIENT_CN], "");
	ck_assert_int_eq(
	    strncmp(proved.texts[TLS_CLIENT_PIN], "sha256:", 7), 0);
	ck_assert_int_eq(strncmp(proved.texts[TLS_CERT_HASH], "SHA256:", 7), 0);
	ck_assert_uint_eq(strlen(proved.texts[TLS_FINGERPRINT]), 40);
	peer_cert_free(&own);
}
END_TEST

START_TEST(unknown_key)
{
	static const struct peer_spec spec = { .cn = "some key" };

	set_defaults();
	service.client = TLS_CLIENT_REQUIRED;
	peer_cert_make(&own, &spec, NULL);
	unit_write_file("identities", "");
	set_identities("identities");
	run();
	connect_with(&own, "NORMAL");
	client_gets_alert(GNUTLS_A_CERTIFICATE_UNKNOWN);
	fails_with(TLS_UNKNOWN_KEY);
	relay_ended();
	peer_cert_free(&own);
}
END_TEST

START_TEST(any_key)
{
	static const struct peer_spec spec = { .cn = "some key" };

	set_defaults();
	service.client = TLS_CLIENT_ANY;
	peer_cert_make(&own, &spec, NULL);
	run();
	connect_with(&own, "NORMAL");
	serves();
	ck_assert_int_eq(proved.nnames, 0);
	ck_assert_str_eq(proved.texts[TLS_CLIENT_VERIFY], "FAILED:unknown key");
	peer_cert_free(&own);
}
END_TEST

START_TEST(no_certificate)
{
	set_defaults();
	service.client = TLS_CLIENT_REQUIRED;
	run();
	connect_with(NULL, "NORMAL");
	client_gets_alert(GNUTLS_A_CERTIFICATE_REQUIRED);
	fails_with(TLS_NO_CERTIFICATE);
	relay_ended();
}
END_TEST

START_TEST(no_certificate_over_tls_1_2)
{
	set_defaults();
	service.client = TLS_CLIENT_REQUIRED;
	service.minimum = TLS_MINIMUM_1_2;
	run();
	connect_with(NULL, "NORMAL:-VERS-ALL:+VERS-TLS1.2");
	client_gets_alert(GNUTLS_A_HANDSHAKE_FAILURE);
	fails_with(TLS_NO_CERTIFICATE);
	relay_ended();
}
END_TEST

START_TEST(known_by_ca)
{
	static const struct peer_spec root = { .cn = "CA", .is_ca = true };
	static const struct peer_spec spec = { .cn = "Web One",
		.dns = "Web1.example.org",
		.uri = "spiffe://a/b",
		.purpose = GNUTLS_KP_TLS_WWW_CLIENT };

	set_defaults();
	peer_cert_make(&ca, &root, NULL);
	peer_cert_make(&own, &spec, &ca);
	service.client = TLS_CLIENT_REQUIRED;
	gnutls_x509_trust_list_init(&service.authorities, 0);
	gnutls_x509_trust_list_add_cas(service.authorities, &ca.crt, 1, 0);
	run();
	connect_with(&own, "NORMAL");
	serves();
	ck_assert_int_eq(proved.nnames, 2);
	ck_assert_str_eq(proved.names[0], "web1.example.org");
	ck_assert_str_eq(proved.names[1], "uri:spiffe://a/b");
	ck_assert_str_eq(proved.texts[TLS_CLIENT_CN], "Web One");
	gnutls_x509_trust_list_deinit(service.authorities, 0);
	peer_cert_free(&own);
	peer_cert_free(&ca);
}
END_TEST

/* --- the end --- */

/* A relay must end when the daemon has closed the channel. */
START_TEST(the_daemon_gives_up)
{
	set_defaults();
	run();
	io_write_all(net, "\x16\x03\x01", 3);
	close(channel);
	channel = -1;
	relay_ended();
}
END_TEST

START_TEST(truncation_is_reported)
{
	uint32_t gone;
	int stream;

	set_defaults();
	run();
	connect_with(NULL, "NORMAL");
	ck_assert_int_eq(shake(), 0);
	is_proved();
	stream = begin_session();
	shutdown(net, SHUT_WR);
	receive(RELAY_GONE, &gone, sizeof(gone));
	ck_assert_int_eq((int)gone, RELAY_TRUNCATED);
	close(stream);
	relay_ended();
	peer_free(&client);
}
END_TEST

static int
count_fds(pid_t pid)
{
	char path[32];
	struct dirent *e;
	DIR *d;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	ck_assert_ptr_nonnull(d = opendir(path));
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

#ifndef __SANITIZE_ADDRESS__
static long
private_kb(pid_t pid)
{
	char path[40], line[128];
	long kb, sum = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	ck_assert_ptr_nonnull(f = fopen(path, "re"));
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Private_Clean: %ld", &kb) == 1 ||
		    sscanf(line, "Private_Dirty: %ld", &kb) == 1)
			sum += kb;
	fclose(f);
	return sum;
}
#endif

/*
 * In a session it has what it needs: standard input, output and error, the
 * client, the channel and the stream.
 */
START_TEST(what_it_has)
{
	int stream, own_fds = open("/", O_RDONLY); /* not close-on-exec */

	set_defaults();
	run();
	connect_with(NULL, "NORMAL");
	ck_assert_int_eq(shake(), 0);
	is_proved();
	stream = begin_session();
	echoes(stream, "hello");
	ck_assert_int_eq(count_fds(relay), 6);
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_le(private_kb(relay), 600);
#endif
	close(stream);
	close(channel);
	channel = -1;
	shutdown(net, SHUT_WR);
	relay_ended();
	peer_free(&client);
	close(own_fds);
}
END_TEST

static void
add(TCase *tc)
{
	if (unit_is_valgrind()) {
		unit_skip("relay", "cannot run under valgrind");
		return;
	}
	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, a_session);
	tcase_add_loop_test(tc, a_long_chain, 0, 2);
	tcase_add_test(tc, a_second_hello);
	tcase_add_loop_test(
	    tc, keys_and_versions, 0, (int)(COUNT(keys) * COUNT(versions)));
	tcase_add_test(tc, behind_a_proxy);
	tcase_add_loop_test(
	    tc, a_proxy_without_a_client, 0, COUNT(unknown_clients));
	tcase_add_test(tc, refused_behind_a_proxy);
	tcase_add_test(tc, not_a_proxy);
	tcase_add_test(tc, busy);
	tcase_add_test(tc, refused);
	tcase_add_loop_test(tc, not_tls, 0, (int)COUNT(garbage));
	tcase_add_test(tc, closed_before_the_first_byte);
	tcase_add_test(tc, closed_within_the_hello);
	tcase_add_test(tc, too_slow);
	tcase_add_test(tc, no_common_version);
	tcase_add_test(tc, no_common_signature);
	tcase_add_test(tc, no_common_protocol);
	tcase_add_test(tc, a_common_protocol);
	tcase_add_test(tc, the_signer_refuses);
	tcase_add_test(tc, the_client_sends_an_alert);
	tcase_add_loop_test(tc, changed_on_its_way, 0, (int)COUNT(records));
	tcase_add_test(tc, known_by_pin);
	tcase_add_test(tc, unknown_key);
	tcase_add_test(tc, any_key);
	tcase_add_test(tc, no_certificate);
	tcase_add_test(tc, no_certificate_over_tls_1_2);
	tcase_add_test(tc, known_by_ca);
	tcase_add_test(tc, the_daemon_gives_up);
	tcase_add_test(tc, truncation_is_reported);
	UNIT_ADD_IF(geteuid() == 0, tc, what_it_has, "needs root");
}

int
main(int argc, char **argv)
{
	setproctitle_init(argc, argv, environ);
	return unit_run("relay", add);
}
