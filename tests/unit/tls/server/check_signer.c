#include "tests/unit/tls/world.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "session/relay_channel.h"
#include "tests/unit/logged.h"
#include "tls/server/signer.h"

#define SHA256_SIZE 32
#define SHA384_SIZE 48

/* Service 0 has no TLS, 1 is for TLS 1.3, 2 for 1.2 too; with these keys. */
enum { PLAIN, NEW, OLD, NSERVICES };
static const char *const certificates[] = { "rsa.crt", "p256.crt", "p384.crt",
	"p521.crt", "ed25519.crt", NULL };
static const char *const keys[] = { "rsa.key", "p256.key", "p384.key",
	"p521.key", "ed25519.key", NULL };

static int signer = -1; /* the keeper's end of the pair */
static pid_t pid;

static struct service
service(
    const char *const *crts, const char *const *files, enum tls_minimum minimum)
{
	return (struct service) { .name = "web",
		.file = "test.conf",
		.line = 3,
		.tls = true,
		.tls_certificate = crts,
		.tls_key = files,
		.tls_minimum = minimum };
}

/* The signer's RLIMIT_NOFILE; 0: unchanged. */
static rlim_t signer_files;

static void
run_limited(void)
{
	const struct rlimit limit = { signer_files, signer_files };

	if (signer_files != 0 && setrlimit(RLIMIT_NOFILE, &limit) == -1)
		_exit(EXIT_FAILURE);
	signer_run();
}

static void
start(const struct service *services, size_t n)
{
	int pair[2], root = world_root();
	struct arena arena;

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	world_seal(&arena, services, n);
	signer = pair[0];
	pid = world_start(run_limited, &arena, pair[1], signer, &root, 1);
	close(root);
}

static void
start_all(void)
{
	struct service all[NSERVICES] = { { .name = "plain" },
		service(certificates, keys, TLS_MINIMUM_1_3),
		service(certificates, keys, TLS_MINIMUM_1_2) };
	struct message m;
	size_t i;

	for (i = 0; i < NKINDS; i++)
		pair_write_kind(&kinds[i], kinds[i].name);
	start(all, NSERVICES);
	ck_assert_int_eq(message_receive(signer, signer_kinds,
			     MESSAGE_BIT(SIGNER_READY), &m, NULL, 0, 0),
	    MESSAGE_OK);
}

/* A relay's end of a pair for SERVICE. */
static int
relay_for(uint32_t which)
{
	const struct signer_relay relay = { .service = which };
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(message_send_fds(signer, SIGNER_RELAY, &relay,
			     sizeof(relay), &pair[1], 1, 0),
	    0);
	close(pair[1]);
	return pair[0];
}

static struct signer_sign
request(uint32_t key, uint32_t version, uint32_t scheme, uint32_t length)
{
	struct signer_sign r = { .key = key,
		.version = version,
		.scheme = scheme,
		.length = length };

	memset(r.data, 0x5a, length);
	return r;
}

static unsigned char signature[SIGNER_SIGNATURE_MAX];

/* Ask once, on a pair of its own. */
static int
ask(uint32_t which, const struct signer_sign *r)
{
	int fd = relay_for(which), length = signer_request(fd, r, signature);

	close(fd);
	return length;
}

/* --- signatures --- */

static gnutls_pubkey_t
public_key(const char *name)
{
	gnutls_datum_t pem;
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t key;
	char path[64];

	snprintf(path, sizeof(path), "%s.crt", name);
	ck_assert_int_ge(gnutls_load_file(path, &pem), 0);
	ck_assert_int_ge(gnutls_x509_crt_init(&crt), 0);
	ck_assert_int_ge(
	    gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM), 0);
	ck_assert_int_ge(gnutls_pubkey_init(&key), 0);
	ck_assert_int_ge(gnutls_pubkey_import_x509(key, crt, 0), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_free(pem.data);
	return key;
}

static const struct {
	uint32_t key, scheme;
	gnutls_sign_algorithm_t algorithm;
} schemes[] = {
	{ RSA, 0x0804, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 },
	{ RSA, 0x0805, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384 },
	{ RSA, 0x0806, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512 },
	{ P256, 0x0403, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256 },
	{ P384, 0x0503, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384 },
	{ P521, 0x0603, GNUTLS_SIGN_ECDSA_SECP521R1_SHA512 },
	{ ED25519, 0x0807, GNUTLS_SIGN_EDDSA_ED25519 },
};

/* RFC 8446, 4.4.3, written out. */
static const char context[] =
    "                                                                "
    "TLS 1.3, server CertificateVerify";

static void
verify_transcript(size_t i, uint32_t length)
{
	struct signer_sign r =
	    request(schemes[i].key, 0x0304, schemes[i].scheme, length);
	unsigned char text[256];
	gnutls_datum_t data = { text, (unsigned int)sizeof(context) + length },
		       sig = { signature, 0 };
	gnutls_pubkey_t key = public_key(kinds[schemes[i].key].name);
	int n = ask(NEW, &r);

	ck_assert_msg(n > 0, "scheme %#x is not signed", r.scheme);
	sig.size = (unsigned int)n;
	ck_assert_uint_eq(sizeof(context), 64 + 33 + 1);
	memcpy(text, context, sizeof(context));
	memcpy(text + sizeof(context), r.data, length);
	ck_assert_int_ge(gnutls_pubkey_verify_data2(
			     key, schemes[i].algorithm, 0, &data, &sig),
	    0);
	text[data.size - 1] ^= 1;
	ck_assert_int_lt(gnutls_pubkey_verify_data2(
			     key, schemes[i].algorithm, 0, &data, &sig),
	    0);
	gnutls_pubkey_deinit(key);
}

START_TEST(signatures_of_tls_1_3_can_be_verified)
{
	size_t i;

	start_all();
	for (i = 0; i < COUNT(schemes); i++) {
		verify_transcript(i, SHA256_SIZE);
		verify_transcript(i, SHA384_SIZE);
	}
}
END_TEST

static const struct {
	uint32_t key, scheme, length;
	gnutls_sign_algorithm_t algorithm;
} old_schemes[] = {
	{ RSA, 0x0401, 32, GNUTLS_SIGN_RSA_SHA256 },
	{ RSA, 0x0501, 48, GNUTLS_SIGN_RSA_SHA384 },
	{ RSA, 0x0601, 64, GNUTLS_SIGN_RSA_SHA512 },
	{ RSA, 0x0804, 32, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 },
	{ P256, 0x0403, 32, GNUTLS_SIGN_ECDSA_SHA256 },
	{ P384, 0x0403, 32, GNUTLS_SIGN_ECDSA_SHA256 },
	{ P256, 0x0503, 48, GNUTLS_SIGN_ECDSA_SHA384 },
};

START_TEST(signatures_of_tls_1_2_can_be_verified)
{
	gnutls_datum_t hash, sig = { signature, 0 };
	struct signer_sign r;
	gnutls_pubkey_t key;
	size_t i;
	int n;

	start_all();
	for (i = 0; i < COUNT(old_schemes); i++) {
		r = request(old_schemes[i].key, 0x0303, old_schemes[i].scheme,
		    old_schemes[i].length);
		hash = (gnutls_datum_t) { r.data, r.length };
		ck_assert_int_gt(n = ask(OLD, &r), 0);
		sig.size = (unsigned int)n;
		key = public_key(kinds[old_schemes[i].key].name);
		ck_assert_int_ge(gnutls_pubkey_verify_hash2(key,
				     old_schemes[i].algorithm, 0, &hash, &sig),
		    0);
		gnutls_pubkey_deinit(key);
	}
}
END_TEST

START_TEST(ed25519_with_tls_1_2_signs_an_exchange_of_keys)
{
	struct signer_sign r = request(ED25519, 0x0303, 0x0807, 100);
	gnutls_datum_t data = { r.data, r.length }, sig = { signature, 0 };
	gnutls_pubkey_t key;
	int n;

	start_all();
	ck_assert_int_eq(ask(OLD, &r), -1);
	r.data[64] = 3;
	ck_assert_int_gt(n = ask(OLD, &r), 0);
	sig.size = (unsigned int)n;
	key = public_key("ed25519");
	ck_assert_int_ge(gnutls_pubkey_verify_data2(
			     key, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &sig),
	    0);
	gnutls_pubkey_deinit(key);
	r.length = 64;
	ck_assert_int_eq(ask(OLD, &r), -1);
}
END_TEST

/* --- refusals --- */

START_TEST(nothing_else_is_signed)
{
	static const struct {
		uint32_t service, key, version, scheme, length;
	} cases[] = {
		{ NEW, P256, 0x0304, 0x0403, 31 },
		{ NEW, P256, 0x0304, 0x0403, 64 },
		{ NEW, P256, 0x0304, 0x0403, SIGNER_DATA_MAX },
		{ NEW, P256, 0x0304, 0x0804, 32 }, /* another kind of key */
		{ NEW, RSA, 0x0304, 0x0403, 32 },  /* the same */
		{ NEW, P384, 0x0304, 0x0403, 32 }, /* another curve */
		{ NEW, RSA, 0x0304, 0x0401, 32 },  /* not of TLS 1.3 */
		{ NEW, P256, 0x0304, 0x0203, 32 }, /* SHA-1 */
		{ NEW, NKINDS, 0x0304, 0x0403, 32 },
		{ NEW, UINT32_MAX, 0x0304, 0x0403, 32 },
		{ NEW, P256, 0x0303, 0x0403, 32 }, /* not allowed here */
		{ NEW, P256, 0x0305, 0x0403, 32 },
		{ OLD, P256, 0x0302, 0x0403, 32 },
		{ OLD, P256, 0x0303, 0x0403, 48 }, /* not the scheme's hash */
		{ OLD, RSA, 0x0303, 0x0401, 31 },
		{ PLAIN, 0, 0x0304, 0x0403, 32 },
		{ NSERVICES, 0, 0x0304, 0x0403, 32 },
		{ UINT32_MAX, 0, 0x0304, 0x0403, 32 },
	};
	struct signer_sign r;
	size_t i;

	start_all();
	for (i = 0; i < COUNT(cases); i++) {
		r = request(cases[i].key, cases[i].version, cases[i].scheme,
		    cases[i].length);
		ck_assert_msg(
		    ask(cases[i].service, &r) == -1, "case %zu is signed", i);
	}
	r = request(P256, 0x0304, 0x0403, 32);
	ck_assert_int_gt(ask(NEW, &r), 0);
}
END_TEST

START_TEST(a_relay_gets_one_signature)
{
	struct signer_sign r = request(P256, 0x0304, 0x0403, 32);
	int fd;

	start_all();
	fd = relay_for(NEW);
	ck_assert_int_gt(signer_request(fd, &r, signature), 0);
	ck_assert_int_eq(signer_request(fd, &r, signature), -1);
	close(fd);
	/* and none after it asked for the wrong thing */
	fd = relay_for(NEW);
	r.version = 0x0303;
	ck_assert_int_eq(signer_request(fd, &r, signature), -1);
	r.version = 0x0304;
	ck_assert_int_eq(signer_request(fd, &r, signature), -1);
	close(fd);
}
END_TEST

START_TEST(two_requests_at_once_do_not_get_two)
{
	const struct signer_sign r = request(P256, 0x0304, 0x0403, 32);
	size_t length = offsetof(struct signer_sign, data) + r.length;
	int fd, ours[2], signatures = 0, i;
	const struct signer_relay relay = { .service = NEW };
	struct message m;

	start_all();
	/* Both are in the pair before the signer has its end. */
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ours), 0);
	fd = ours[0];
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(
		    message_send(fd, SIGNER_SIGN, &r, length, 0), 0);
	ck_assert_int_eq(message_send_fds(signer, SIGNER_RELAY, &relay,
			     sizeof(relay), &ours[1], 1, 0),
	    0);
	close(ours[1]);
	/* The kernel may drop it when the signer closes with one unread. */
	while (message_receive(fd, signer_kinds, MESSAGE_BIT(SIGNER_SIGNED), &m,
		   signature, sizeof(signature), 0) == MESSAGE_OK)
		signatures++;
	ck_assert_int_le(signatures, 1);
}
END_TEST

START_TEST(a_length_that_lies_is_refused)
{
	struct signer_sign r = request(P256, 0x0304, 0x0403, 32);
	struct message m;
	uint32_t none;
	int fd;

	start_all();
	fd = relay_for(NEW);
	ck_assert_int_eq(message_send(fd, SIGNER_SIGN, &r,
			     offsetof(struct signer_sign, data) + 8, 0),
	    0);
	ck_assert_int_eq(
	    message_receive(fd, signer_kinds, MESSAGE_BIT(SIGNER_REFUSED), &m,
		&none, sizeof(none), 0),
	    MESSAGE_OK);
}
END_TEST

/* --- its life --- */

START_TEST(it_ends_after_the_keeper_and_all_relays)
{
	struct signer_sign r = request(P256, 0x0304, 0x0403, 32);
	int first, second;

	start_all();
	first = relay_for(NEW);
	second = relay_for(NEW);
	close(signer);
	ck_assert_int_gt(signer_request(first, &r, signature), 0);
	ck_assert_int_gt(signer_request(second, &r, signature), 0);
	expect_exit(pid, EXIT_SUCCESS);
}
END_TEST

START_TEST(relays_that_end_without_a_request_are_forgotten)
{
	int fds[3], i;

	start_all();
	for (i = 0; i < 3; i++)
		fds[i] = relay_for(NEW);
	close(signer);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	expect_exit(pid, EXIT_SUCCESS);
}
END_TEST

#define FILES 160 /* more than the signer leaves free, and less than ... */
#define HOLDERS 3 /* ... this many times ... */
#define HELD 60	  /* ... this many relays */

/* A process that has HELD relays, of which this one has none. */
static pid_t
hold_relays(void)
{
	int fds[HELD], i;
	pid_t holder;

	for (i = 0; i < HELD; i++)
		fds[i] = relay_for(NEW);
	ck_assert_int_ge(holder = fork(), 0);
	if (holder == 0)
		for (;;)
			pause();
	for (i = 0; i < HELD; i++)
		close(fds[i]);
	return holder;
}

START_TEST(relays_wait_while_there_are_too_many)
{
	struct signer_sign r = request(P256, 0x0304, 0x0403, 32);
	pid_t holders[HOLDERS];
	int fd, i;

	/*
	 * Only the signer's: the sender's limit also bounds the descriptors
	 * that its user has in flight (unix(7)).
	 */
	signer_files = FILES;
	start_all();
	for (i = 0; i < HOLDERS; i++)
		holders[i] = hold_relays();
	fd = relay_for(NEW);
	for (i = 0; i < HOLDERS; i++) {
		kill(holders[i], SIGKILL);
		unit_wait(holders[i]);
	}
	ck_assert_int_gt(signer_request(fd, &r, signature), 0);
	close(fd);
	close(signer);
	expect_exit(pid, EXIT_SUCCESS);
}
END_TEST

/* The line of /proc/PID/status that begins with FIELD; "" if there is none. */
static const char *
status_of(const char *field)
{
	static char line[256];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	ck_assert_ptr_nonnull(f = fopen(path, "r"));
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, field, strlen(field)) == 0) {
			fclose(f);
			line[strcspn(line, "\n")] = '\0';
			return line;
		}
	fclose(f);
	return "";
}

START_TEST(it_is_confined)
{
	start_all();
	ck_assert_str_eq(status_of("Seccomp:"), "Seccomp:\t2");
	ck_assert_str_eq(status_of("NoNewPrivs:"), "NoNewPrivs:\t1");
	if (geteuid() == 0)
		ck_assert_str_eq(
		    status_of("Uid:"), "Uid:\t65534\t65534\t65534\t65534");
}
END_TEST

/* The signer must exit, and log WANT. */
static void
expect_failure(const char *crt, const char *key, const char *want)
{
	const char *const crts[] = { crt, NULL },
			  *const files[] = { key, NULL };
	struct service s = service(crts, files, TLS_MINIMUM_1_3);
	char text[256];

	log_to_file();
	start(&s, 1);
	expect_exit(pid, EX_CONFIG);
	snprintf(text, sizeof(text),
	    "test: test.conf:3: web: cannot use tls-key \"%s\" for \"%s\": "
	    "%s\n",
	    key, crt, want);
	ck_assert_str_eq(logged(), text);
}

START_TEST(a_key_that_cannot_be_used_is_an_error)
{
	struct pair p = pair_make(&kinds[P256], NULL, LIST("host.example"));
	gnutls_datum_t pem;

	pair_write(&p, "a");
	pair_write_kind(&kinds[P256], "b");
	expect_failure(
	    "a.crt", "b.key", "the key does not match the certificate");
	expect_failure("a.crt", "none", "No such file or directory");
	expect_failure("a.crt", "a.crt", "no PEM private key in it");
	ck_assert_int_ge(
	    gnutls_x509_privkey_export2_pkcs8(p.key, GNUTLS_X509_FMT_PEM,
		"secret", GNUTLS_PKCS_PBES2_AES_256, &pem),
	    0);
	unit_write_file("encrypted", (const char *)pem.data);
	gnutls_free(pem.data);
	expect_failure("a.crt", "encrypted",
	    "the key is encrypted; haild cannot ask for its passphrase");
	pair_free(&p);
}
END_TEST

static void
add(TCase *tc)
{
	bool native = !unit_is_valgrind();

	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	UNIT_ADD_IF(native, tc, signatures_of_tls_1_3_can_be_verified,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, signatures_of_tls_1_2_can_be_verified,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, ed25519_with_tls_1_2_signs_an_exchange_of_keys,
	    "cannot run under valgrind");
	UNIT_ADD_IF(
	    native, tc, nothing_else_is_signed, "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, a_relay_gets_one_signature,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, two_requests_at_once_do_not_get_two,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, a_length_that_lies_is_refused,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, it_ends_after_the_keeper_and_all_relays,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, relays_that_end_without_a_request_are_forgotten,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, relays_wait_while_there_are_too_many,
	    "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, it_is_confined, "cannot run under valgrind");
	UNIT_ADD_IF(native, tc, a_key_that_cannot_be_used_is_an_error,
	    "cannot run under valgrind");
}

int
main(int argc, char **argv)
{
	setproctitle_init(argc, argv, environ);
	return unit_run("tls/server/signer", add);
}
